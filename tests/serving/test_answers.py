import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.serving.answers import answer
from pygmmrec.serving.best import Best
from pygmmrec.serving.nodes import Nodes


def test_a_row_for_each_answer() -> None:
    data = HeteroData()
    data["user"].raw_id, data["item"].raw_id = IdMap(["u", "v"]), IdMap([10, 20, 30])
    data["user"].num_nodes, data["item"].num_nodes = 2, 3
    data["item"].info = NodeInfo({"title": ["ten", None, "thirty"], "price": [1, 2, 3]})
    users, items = Nodes(data, "user"), Nodes(data, "item")
    found = Best(*(torch.tensor(x) for x in ([0, 0, 1], [1, 2, 1], [2, 0, 1], [0.5, 0.25, 1.0])))
    table = answer(("user", users, torch.tensor([1, 0])), found, ("item", items))
    assert table.to_pydict() == {
        "user": ["v", "v", "u"],
        "rank": [1, 2, 1],
        "item": [30, 10, 20],
        "title": ["thirty", "ten", None],
        "score": [0.5, 0.25, 1.0],
    }
    titleless = answer(
        ("item", items, torch.tensor([1, 0])), found._replace(column=found.row), ("similar", users)
    )
    assert titleless.column_names == ["item", "rank", "similar", "score"]
