"""More training edges: each once, both ways, sorted."""

import pytest
import torch

from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.graph.more_edges import add_edges, train_on
from pygmmrec.models import LightGCN
from pygmmrec.typing import INTERACTS, ORIGIN, REV_INTERACTS, TEST, VALID


def pairs(edges: torch.Tensor) -> list[tuple[int, ...]]:
    return [tuple(pair) for pair in edges.t().tolist()]


def test_edges_are_there_once_and_sorted(toy_data) -> None:
    data = toy_data()
    before = set(pairs(data[INTERACTS].edge_index))
    new = (0, next(item for item in range(11) if (0, item) not in before))
    data[INTERACTS].rating = torch.ones(len(before))
    add_edges(data, torch.tensor([new, new, sorted(before)[0]]).t())
    edges = pairs(data[INTERACTS].edge_index)
    assert edges == sorted(before | {new})
    assert pairs(data[REV_INTERACTS].edge_index) == sorted((item, user) for user, item in edges)
    assert "rating" not in data[INTERACTS]


def test_held_out_pairs_train() -> None:
    data = SyntheticMultimodal(num_users=60, num_items=80, seed=3)[0]
    before = {name: set(pairs(data[INTERACTS][name])) for name in ("edge_index", VALID, TEST)}
    for parts, left in ((("valid", "test"), []), (("valid",), [TEST])):
        out = train_on(data, parts, "test")
        trained = set.union(*(found for name, found in before.items() if name not in left))
        assert set(pairs(out[INTERACTS].edge_index)) == trained
        for name in (VALID, TEST):
            assert set(pairs(out[INTERACTS][name])) == (before[name] if name in left else set())
    assert set(pairs(data[INTERACTS].edge_index)) == before["edge_index"]
    data[ORIGIN] = {"split": "ratio"}
    told = train_on(data, ("test", "valid"), "test")[ORIGIN]
    assert told["split"] == "ratio, trained on valid and test as well"
    with pytest.raises(ValueError, match="a graph that nobody prepared"):
        train_on(LightGCN.prepare(data), ("valid",), "test")
