import torch

from pygmmrec.transforms import Degrees, restrict_graph


def test_counts_edges_and_a_part_keeps_them(toy_data) -> None:
    edges = torch.tensor([[0, 0, 0, 1, 3], [0, 1, 2, 2, 2]])
    data = toy_data(edges, 5, 4)
    out = Degrees()(data)
    assert out["user"].degree.tolist() == [3, 1, 0, 1, 0]
    assert out["item"].degree.tolist() == [1, 1, 3, 0]
    assert "degree" not in data["user"]
    part = restrict_graph(out, {"user": torch.tensor([3, 0]), "item": torch.tensor([2])})
    assert part["user"].degree.tolist() == [1, 3]
    assert part["item"].degree.tolist() == [3]
    assert repr(Degrees()) == "Degrees()"
