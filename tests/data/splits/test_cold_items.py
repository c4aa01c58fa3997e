import numpy as np
import pytest

from pygmmrec.data import ColdItemSplit, Interactions, build_hetero_data
from pygmmrec.typing import INTERACTS, TEST, VALID

RNG = np.random.default_rng(0)
TABLE = Interactions(RNG.integers(0, 40, 600), RNG.integers(100, 150, 600))


def test_each_item_is_in_one_part() -> None:
    label = ColdItemSplit(0.3, seed=4)(TABLE)
    items = {part: set(TABLE.item[label == part].tolist()) for part in (0, 1, 2)}
    assert not items[0] & items[1]
    assert not items[0] & items[2]
    assert not items[1] & items[2]
    assert [len(items[part]) for part in (0, 1, 2)] == [35, 7, 8]


def test_cold_items_have_no_training_edge_and_are_the_only_ones_held_out() -> None:
    data = build_hetero_data(TABLE, split=ColdItemSplit(0.2, seed=1))
    train = set(data[INTERACTS].edge_index[1].tolist())
    valid, test = (set(data[INTERACTS][part][1].tolist()) for part in (VALID, TEST))
    assert len(valid) == len(test) == 5
    assert not train & (valid | test)
    assert train | valid | test == set(range(50))


def test_the_seed_decides() -> None:
    first, again, other = (ColdItemSplit(0.2, seed=seed)(TABLE) for seed in (0, 0, 1))
    assert first.tolist() == again.tolist() != other.tolist()
    assert repr(ColdItemSplit(0.2, seed=1)) == "ColdItemSplit(p=0.2, seed=1)"


def test_bad_shares() -> None:
    for p in (0, 1, -0.1):
        with pytest.raises(ValueError, match=r"'p' needs to be in \(0, 1\) in 'ColdItemSplit'"):
            ColdItemSplit(p)
    with pytest.raises(ValueError, match="leaves some for each part"):
        ColdItemSplit(0.01)(TABLE)
