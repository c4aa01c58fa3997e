import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data.ids import IdMap
from pygmmrec.graph.raw_ids import absent, num_nodes, places, raw_ids


def test_ids_of_a_graph_and_of_a_mapping() -> None:
    data = HeteroData()
    data["user"].raw_id, data["item"].raw_id = IdMap(["b", "a"]), IdMap(range(3))
    assert raw_ids(data, "user", "data", "here") == ("b", "a")
    assert raw_ids(data, "item", "data", "here") == range(3)
    assert raw_ids({"user": IdMap([7, 5])}, "user", "data", "here") == (7, 5)
    assert raw_ids({"user": (raw for raw in "xy")}, "user", "data", "here") == ("x", "y")


def test_a_graph_without_ids_is_an_error_that_says_how_to_set_them() -> None:
    data = HeteroData()
    data["user"].num_nodes = 3
    for kind in ("user", "item"):
        with pytest.raises(ValueError, match=rf"raw ids of its {kind}s in 'here' .*\['{kind}'\]\.raw_id = "):
            raw_ids(data, kind, "data", "here")
    with pytest.raises(ValueError, match=r"'old' needs to be .* raw ids of its items .*\['user'\]"):
        raw_ids({"user": [1]}, "item", "old", "here")
    with pytest.raises(ValueError, match="free of users that are there twice"):
        raw_ids({"user": [1, 2, 1]}, "user", "old", "here")


def test_places() -> None:
    assert places(["a", "x", "b"], ["b", "c", "a"]).tolist() == [2, -1, 0]
    assert places(range(3), range(3)).tolist() == [0, 1, 2]
    assert places(range(3), range(2)).tolist() == [0, 1, -1]
    assert places([], ["a"]).dtype == torch.int64


def test_num_nodes_needs_no_ids_of_a_graph() -> None:
    data = HeteroData()
    data["user"].num_nodes = 3
    assert num_nodes(data, "user") == 3
    assert num_nodes(data, "item") == 0
    assert data.node_types == ["user"]  # asking leaves nothing behind
    assert num_nodes({"user": ["a", "b"]}, "user") == 2


def test_absent() -> None:
    assert absent(["a", "b"], ["b", "a", "c"]) == ""
    assert absent(range(9), [0]) == "8, such as 1, 2, 3, 4, 5"
