from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import GivenSplit, RatioSplit, build_hetero_data, relabel, validate_hetero_data
from pygmmrec.transforms import ProfileEdges
from pygmmrec.typing import INTERACTS, TEST, VALID


@pytest.fixture
def data() -> HeteroData:
    rng = np.random.default_rng(0)
    user, item = rng.integers(0, 20, 300), rng.integers(0, 30, 300)
    features = {"x": rng.normal(size=(30, 4)).astype(np.float32)}
    return build_hetero_data((user, item), features, user_ids=range(20), item_ids=range(30))


def pairs(data: HeteroData) -> list[list[tuple[int, int]]]:
    parts = [data[INTERACTS].edge_index, data[INTERACTS][VALID], data[INTERACTS][TEST]]
    return [sorted(map(tuple, part.t().tolist())) for part in parts]


def together(parts: list[list[tuple[int, int]]]) -> list[tuple[int, int]]:
    return sorted(pair for part in parts for pair in part)


def test_the_same_pairs_in_other_parts(data: HeteroData) -> None:
    before = pairs(data)
    out = relabel(data, RatioSplit((0.6, 0.2, 0.2), seed=9))
    validate_hetero_data(out)
    after = pairs(out)
    assert together(after) == together(before)
    assert len(set(together(after))) == len(together(after))
    assert len(after[1]) > 1.5 * len(before[1])
    assert pairs(data) == before  # the given graph is left alone
    assert out["item"].x is data["item"].x
    assert out["item"].raw_id is data["item"].raw_id
    other = relabel(data, RatioSplit((0.6, 0.2, 0.2), seed=10))
    assert pairs(other) != after


def test_the_given_split_changes_nothing(data: HeteroData) -> None:
    assert pairs(relabel(data, GivenSplit())) == pairs(data)


def test_a_pair_in_two_parts_becomes_one(data: HeteroData) -> None:
    edge = data[INTERACTS].edge_index[:, :1]
    data[INTERACTS][TEST] = torch.cat([data[INTERACTS][TEST], edge], dim=1)
    out = pairs(relabel(data, RatioSplit()))
    assert together(out).count(tuple(edge[:, 0].tolist())) == 1


def test_a_graph_that_was_transformed(data: HeteroData) -> None:
    with pytest.raises(ValueError, match="Split before any model prepares the graph"):
        relabel(ProfileEdges()(data), RatioSplit())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda data: ([data], RatioSplit()), r"'data' needs to be a graph.*dataset\[0\]"),
        (lambda data: (RatioSplit(), data), "'data' needs to be a graph"),
        (lambda data: (data, RatioSplit), r"'split' needs to be a split in 'relabel'.*RatioSplit\(\)"),
    ],
)
def test_other_arguments(data: HeteroData, arguments: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        relabel(*arguments(data))
