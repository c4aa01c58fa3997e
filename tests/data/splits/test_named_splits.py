"""Splits by name."""

from typing import get_args

import numpy as np
import pytest
import torch

from pygmmrec.data import (
    ColdItemSplit,
    GivenSplit,
    Interactions,
    LeaveOneOut,
    RatioSplit,
    TemporalSplit,
    UserTemporalSplit,
    build_hetero_data,
    relabel,
)
from pygmmrec.data.splits.named_splits import SPLITS, SplitName, as_split, split_name
from pygmmrec.typing import INTERACTS, TEST, VALID

NAMED = {
    "given": GivenSplit(),
    "ratio": RatioSplit(),
    "leave-one-out": LeaveOneOut(),
    "temporal": UserTemporalSplit(),
    "global-time": TemporalSplit(),
    "cold-items": ColdItemSplit(),
}
RNG = np.random.default_rng(0)
TABLE = Interactions(
    RNG.integers(0, 20, 300), RNG.integers(0, 30, 300), RNG.integers(0, 3, 300), timestamp=RNG.random(300)
)


def test_every_name_is_known_and_typed() -> None:
    assert tuple(SPLITS) == get_args(SplitName) == tuple(NAMED)


@pytest.mark.parametrize("name", SPLITS)
def test_a_name_is_its_class(name: str) -> None:
    assert as_split(name, "test") == NAMED[name]
    found, expected = (build_hetero_data(TABLE, split=split) for split in (name, NAMED[name]))
    for part in ("edge_index", VALID, TEST):
        assert torch.equal(found[INTERACTS][part], expected[INTERACTS][part])
    assert found.origin["split"] == repr(NAMED[name])


def test_a_graph_is_split_anew_by_name() -> None:
    data = build_hetero_data(TABLE)
    assert torch.equal(relabel(data, "ratio")[INTERACTS][TEST], relabel(data, RatioSplit())[INTERACTS][TEST])
    assert relabel(data, "cold-items").origin["split"] == "ColdItemSplit(p=0.2, seed=0)"


def test_a_split_is_itself() -> None:
    split = RatioSplit(seed=3)
    assert as_split(split, "test") is split
    assert as_split(None, "test") is None


@pytest.mark.parametrize("name", ["random", "", "Ratio"])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    message = rf"'split' needs to be one of the names \['given', .*'global-time'.* \(got '{name}'\)"
    with pytest.raises(ValueError, match=message):
        build_hetero_data(TABLE, split=name)


@pytest.mark.parametrize("split", [RatioSplit, 0.8])
def test_what_labels_no_rows_is_no_split(split: object) -> None:
    with pytest.raises(ValueError, match=r"'split' needs to be a split in 'test' .*RatioSplit\(\)"):
        as_split(split, "test")


def test_what_a_split_is_called() -> None:
    def halves(table: Interactions) -> np.ndarray:
        return np.arange(len(table)) % 2

    assert split_name(RatioSplit(seed=2)) == "RatioSplit(ratios=(0.8, 0.1, 0.1), seed=2)"
    assert split_name(halves).endswith("halves")
