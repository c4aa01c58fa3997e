"""What a graph is of, counted by hand and by loops."""

import copy

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import Positives, RatioSplit, build_hetero_data, relabel, summarize
from pygmmrec.graph.fingerprint import fingerprint
from pygmmrec.graph.summary import Degrees, Dropped, Modality, Part
from pygmmrec.models import FREEDOM
from pygmmrec.transforms import ActiveUsers
from pygmmrec.typing import INTERACTS, TEST, VALID

USER = [0, 0, 0, 1, 1, 2, 0, 0]
ITEM = [0, 1, 1, 0, 3, 3, 2, 0]
LABEL = [0, 0, 0, 0, 1, 2, 2, 2]


@pytest.fixture
def data() -> HeteroData:
    text = np.ones((5, 3), dtype=np.float32)
    text[2] = np.nan
    features = {"text": text, "image": np.ones((5, 2), dtype=np.float32)}
    return build_hetero_data((USER, ITEM, LABEL), features, missing="mask")


def test_numbers_by_hand(data: HeteroData) -> None:
    found = summarize(data)
    assert (found.rows, found.split) == (8, "GivenSplit()")
    assert found.dropped == [Dropped("repeats", "that repeat a pair", 1)]
    assert (found.users, found.items, found.interactions) == (3, 5, 7)
    assert found.density == 7 / 15
    assert found.parts == {
        "train": Part(interactions=3, users=2, items=2, cold_users=1, cold_items=3),
        "valid": Part(interactions=1, users=1, items=1, cold_users=0, cold_items=1),
        "test": Part(interactions=3, users=2, items=3, cold_users=1, cold_items=2),
    }
    assert found.degrees == {"user": Degrees(0, 1.0, 1.0, 2), "item": Degrees(0, 0.0, 0.6, 2)}
    assert found.modalities == {"text": Modality([5, 3], 1), "image": Modality([5, 2], 0)}


@pytest.mark.parametrize("seed", range(3))
def test_the_rows_add_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = {
        "userID": rng.integers(0, 30, 500),
        "itemID": rng.integers(0, 40, 500),
        "rating": rng.integers(0, 6, 500),
    }
    data = build_hetero_data(table, positives=Positives(min_rating=2, num_users=20, k_core=2))
    found = summarize(data)
    assert found.rows == 500
    assert [step.step for step in found.dropped[:3]] == ["min_rating", "repeats", "num_users"]
    assert found.interactions == 500 - sum(step.rows for step in found.dropped)
    train = data[INTERACTS].edge_index.tolist()
    for side, node in enumerate(("user", "item")):
        degrees = [train[side].count(index) for index in range(data[node].num_nodes)]
        of = found.degrees[node]
        assert (of.min, of.median, of.max) == (min(degrees), np.median(degrees), max(degrees))
        assert of.mean == pytest.approx(sum(degrees) / len(degrees))
    for name, key in (("valid", VALID), ("test", TEST)):
        user, item = data[INTERACTS][key].tolist()
        part = found.parts[name]
        assert (part.users, part.items) == (len(set(user)), len(set(item)))
        assert part.cold_users == len(set(user) - set(train[0]))
        assert part.cold_items == len(set(item) - set(train[1]))


def test_another_split_and_what_leaves_later_are_told(data: HeteroData) -> None:
    found = summarize(relabel(data, RatioSplit((1.0, 0.0, 0.0))))
    assert found.split == "RatioSplit(ratios=(1.0, 0.0, 0.0), seed=0)"
    assert found.dropped[1:] == [Dropped("relabel", "that repeat a pair", 1)]  # of two parts
    assert found.parts["train"].interactions == 6
    assert summarize(data).split == "GivenSplit()"
    fewer = summarize(ActiveUsers(2)(data))
    assert fewer.dropped[-1] == Dropped("graph", "that a transform left out later", 1)
    assert (fewer.rows, fewer.interactions) == (8, 6)


def test_any_graph_of_ours(data: HeteroData) -> None:
    bare = copy.copy(data)
    del bare["origin"]
    assert fingerprint(bare) == fingerprint(data)
    del bare[INTERACTS][VALID]
    found = summarize(bare)
    assert (found.rows, found.split, found.dropped) == (None, None, [])
    assert found.parts["valid"] == Part(0, 0, 0, 0, 0)
    assert str(found).startswith("users")
    prepared = FREEDOM.prepare(data, k=2)
    assert summarize(prepared).parts == summarize(data).parts


def test_a_graph_without_edges_or_none_at_all() -> None:
    empty = HeteroData()
    empty["user"].num_nodes, empty["item"].num_nodes = 2, 3
    with pytest.raises(ValueError, match="'data' needs to be a graph with edges"):
        summarize(empty)
    empty[INTERACTS].edge_index = torch.empty(2, 0, dtype=torch.int64)
    assert summarize(empty).degrees["user"] == Degrees(0, 0.0, 0.0, 0)
    with pytest.raises(ValueError, match="'data' needs to be a graph"):
        summarize([1])  # type: ignore[arg-type]
