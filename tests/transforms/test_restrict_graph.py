import pytest
import torch
from torch_geometric.data import HeteroData
from torch_geometric.transforms import Compose

from pygmmrec.data.ids import IdMap
from pygmmrec.data.node_info import NodeInfo
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.transforms import BipartiteNorm, ItemKNNGraph, ItemWords, ToAdj, restrict_graph
from pygmmrec.typing import INTERACTS, ITEM_WORDS, REV_INTERACTS, VALID, available_key, item_edge_type

USER, ITEM = torch.tensor([5, 0, 7, 2]), torch.tensor([3, 9, 1, 10, 0])
NODES = {"user": USER, "item": ITEM}


@pytest.fixture
def data(toy_data) -> HeteroData:
    """Nine users and eleven items with ids, weights, item graphs, words and matrices."""
    data = toy_data()
    data["user"].raw_id, data["item"].raw_id = IdMap([f"u{u}" for u in range(9)]), IdMap(range(11))
    data["item"].info = NodeInfo({"title": [f"title {i}" for i in range(11)]})
    data["item"][available_key("m0")] = torch.arange(11) % 3 > 0
    data[INTERACTS][VALID] = torch.tensor([[7, 1, 5, 0], [9, 0, 2, 10]])
    data[INTERACTS].time = torch.arange(data[INTERACTS].edge_index.size(1))
    return Compose([BipartiteNorm(), ItemKNNGraph(k=3, modality="m1"), ItemWords(4), ToAdj()])(data)


def matrices(data: HeteroData) -> dict:
    """The matrix of each edge type, dense."""
    stores = zip(data.edge_types, data.edge_stores, strict=True)
    found = ((kind, value) for kind, store in stores for value in store.values() if isinstance(value, Adj))
    return {kind: value.to_dense() for kind, value in found}


def test_matrices_are_those_of_the_whole(data) -> None:
    whole, some = matrices(data), matrices(restrict_graph(data, NODES))
    assert set(some) == set(whole)
    for (src, name, dst), matrix in whole.items():
        expected = matrix[NODES[dst]] if dst in NODES else matrix
        expected = expected[:, NODES[src]] if src in NODES else expected
        torch.testing.assert_close(some[src, name, dst], expected)


def test_edges_weights_and_further_attributes_agree_with_the_matrix(data) -> None:
    some = restrict_graph(data, NODES)
    for edge_type in (INTERACTS, REV_INTERACTS, item_edge_type("m1_knn"), ITEM_WORDS):
        store = some[edge_type]
        src, dst = store.edge_index
        matrix = matrices(some)[edge_type]
        assert src.numel() == (matrix != 0).sum()
        torch.testing.assert_close(matrix[dst, src], store.edge_weight)
        assert torch.equal((src * 100 + dst).sort().values, src * 100 + dst)
    src, dst = some[INTERACTS].edge_index
    same_edges = data[INTERACTS].edge_index[:, some[INTERACTS].time]
    assert torch.equal(same_edges, torch.stack([USER[src], ITEM[dst]]))


def test_nodes_keep_features_masks_and_ids(data) -> None:
    some = restrict_graph(data, NODES)
    assert (some["user"].num_nodes, some["item"].num_nodes) == (4, 5)
    assert some["item"].info["title"] == [f"title {i}" for i in ITEM.tolist()]
    assert some["word"].num_nodes == data["word"].num_nodes
    for key in ("m0", "m1", available_key("m0")):
        assert torch.equal(some["item"][key], data["item"][key][ITEM])
    assert some["user"].raw_id == IdMap(["u5", "u0", "u7", "u2"])
    assert some["item"].raw_id == IdMap([3, 9, 1, 10, 0])


def test_held_out_pairs_are_those_of_the_nodes(data) -> None:
    assert restrict_graph(data, NODES)[INTERACTS][VALID].tolist() == [[2, 1], [1, 3]]


def test_types_that_are_not_named_stay_whole(data) -> None:
    some = restrict_graph(data, {"item": ITEM})
    assert some["user"].num_nodes == 9
    assert torch.equal(matrices(some)[INTERACTS], matrices(data)[INTERACTS][ITEM])
    nothing = restrict_graph(data, {})
    assert all(torch.equal(value, matrices(data)[kind]) for kind, value in matrices(nothing).items())


def test_the_graph_is_left_alone(data) -> None:
    before = {kind: dict(data[kind].items()) for kind in (*data.node_types, *data.edge_types)}
    restrict_graph(data, NODES)
    for kind, values in before.items():
        assert list(data[kind].keys()) == list(values)
        assert all(data[kind][key] is value for key, value in values.items())


def test_wrong_nodes_are_errors(data) -> None:
    with pytest.raises(ValueError, match=r"'nodes\['user'\]' .* between 0 and 8 in 'restrict_graph'"):
        restrict_graph(data, {"user": torch.tensor([9])})
