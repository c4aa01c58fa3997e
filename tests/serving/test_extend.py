"""A model and its graph with what came after training are those of the whole graph."""

import pytest
import torch

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.models import CRANE, MGCN, LightGCN
from pygmmrec.serving.extend import extend, own_transforms
from pygmmrec.testing.graphs import toy_data
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.transforms.restrict_graph import restrict_graph
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST

USERS, ITEMS = 7, 8
"""Of the 9 users and 11 items, these were there first."""


def whole():
    data = toy_data(dtype=torch.float32)
    data["user"].raw_id = IdMap([f"u{n}" for n in range(9)])
    data["item"].raw_id = IdMap([f"i{n}" for n in range(11)])
    return data


def split(data):
    """The first users and items, and what came later: edges, features."""
    first = restrict_graph(data, {"user": torch.arange(USERS), "item": torch.arange(ITEMS)})
    user, item = edges = data[INTERACTS].edge_index
    later = edges[:, (user >= USERS) | (item >= ITEMS)]
    return first, later, {name: data["item"][name][ITEMS:] for name in ("m0", "m1")}


@pytest.mark.parametrize("kind", [LightGCN, MGCN], ids=["LightGCN", "MGCN"])
def test_it_is_the_whole_graph_and_the_grown_model(kind: type) -> None:
    data = whole()
    first, later, features = split(data)
    settings = {"k": 3} if kind is MGCN else {}
    prepared = kind.prepare(first, **settings)
    model = kind.from_data(prepared, seed=2).eval()
    ids = data["user"].raw_id.ids[USERS:], data["item"].raw_id.ids[ITEMS:]
    grown, graph = extend(model, prepared, later, ids[0], features, ids[1], rule="mean", prepare=settings)
    expected = kind.prepare(data, **settings)
    with torch.no_grad():
        ours, told = grown(graph), model.grow(prepared, expected, rule="mean")(expected)
    torch.testing.assert_close(ours.user, told.user)
    torch.testing.assert_close(ours.item, told.item)
    assert graph["item"].raw_id == data["item"].raw_id
    for edge_type in (INTERACTS, REV_INTERACTS):
        assert torch.equal(graph[edge_type].edge_index, data[edge_type].edge_index)
    assert prepared["user"].num_nodes == USERS  # left alone
    assert model.num_items == ITEMS
    assert grown.rows_of == kind.from_data(data).rows_of


def test_new_features_are_scaled_by_the_mean_of_the_old() -> None:
    data = whole()
    first, later, features = split(data)
    features["m0"] = features["m0"].clone()
    features["m0"][1] = torch.nan  # has none
    prepared = CRANE.prepare(first)
    model = CRANE.from_data(prepared, seed=2, k=3)
    ids = [f"u{n}" for n in range(USERS, 9)], [f"i{n}" for n in range(ITEMS, 11)]
    _, graph = extend(model, prepared, later, ids[0], features, ids[1])
    mean = first["item"].m1.mean(dim=0)
    x = data["item"].m1 - mean
    torch.testing.assert_close(graph["item"].m1, x / x.norm(dim=1, keepdim=True))
    assert graph["item"].m0_available.tolist() == [True] * 9 + [False, True]
    assert graph["item"].m0[9].tolist() == [0] * 5


def test_edges_that_are_there_and_pairs_that_are_held_out() -> None:
    data = whole()
    data[INTERACTS][TEST] = torch.tensor([[0], [3]])
    data["user"].info = NodeInfo({"name": list("abcdefghi")})
    prepared = LightGCN.prepare(data)
    model = LightGCN.from_data(prepared)
    new = torch.tensor([[9, 9, 9], [1, 0, 1]])
    _, graph = extend(model, prepared, torch.cat([data[INTERACTS].edge_index[:, :4], new], dim=1), ["x"])
    assert graph[INTERACTS].num_edges == data[INTERACTS].num_edges + 2
    assert torch.equal(graph[INTERACTS][TEST], data[INTERACTS][TEST])
    assert graph["user"].info["name"][-2:] == ["i", None]
    assert graph["user"].raw_id.ids[-1] == "x"


def test_errors() -> None:
    data = whole()
    no_pairs = torch.empty(2, 0, dtype=torch.int64)
    prepared = MGCN.prepare(data, k=3)
    model = MGCN.from_data(prepared)
    with pytest.raises(ValueError, match="'prepare' needs to be the settings of the graph"):
        extend(model, prepared, no_pairs, ["x"])
    with pytest.raises(ValueError, match="'prepare' needs to be the settings of the graph, None"):
        extend(model, ToAdj()(BipartiteNorm()(data)), no_pairs, ["x"])
    for features, message in (
        ({"m2": torch.zeros(1, 5)}, "out of"),
        ({"m0": torch.zeros(1, 4)}, r"a matrix \[1, 5\]"),
    ):
        with pytest.raises(ValueError, match=message):
            extend(model, prepared, no_pairs, 0, features, ["x"], prepare={"k": 3})


def test_own_transforms() -> None:
    assert [type(each).__name__ for each in own_transforms(LightGCN(2, 2), {})] == ["BipartiteNorm", "ToAdj"]
