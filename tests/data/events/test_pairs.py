"""Steps that look at all rows of a pair."""

import numpy as np
import pytest

from pygmmrec.data import Interactions
from pygmmrec.data.events.pairs import counted, merged
from pygmmrec.data.events.steps import Steps

USER, ITEM = np.array([0, 0, 1, 0, 1]), np.array([0, 1, 1, 0, 0])
IDS = np.array(["u", "v"], dtype=object), np.array([30, 31], dtype=object)


def test_a_threshold_of_rows() -> None:
    steps = Steps(5)
    out = counted(Interactions(USER, ITEM), 2, True, steps)
    assert (out.user.tolist(), out.item.tolist()) == ([0, 0], [0, 0])
    assert steps.done == [
        {"step": "min_count", "reason": "of pairs that are there fewer than 2 times", "rows": 3}
    ]


def test_a_threshold_of_weights() -> None:
    table = Interactions(USER, ITEM, rating=[1.0, 3.3, 0.5, 1.5, 9.0])
    steps = Steps(5)
    assert counted(table, 2.5, True, steps).item.tolist() == [0, 1, 0, 0]
    assert steps.done[0]["reason"] == "of pairs whose ratings add up to less than 2.5"
    assert counted(table, 3.3, True, Steps(5)).item.tolist() == [1, 0]  # 3.3 as float32 has it


def test_each_part_of_a_given_split_adds_up_its_own() -> None:
    table = Interactions(USER, ITEM, label=[0, 0, 0, 2, 0])
    with pytest.raises(ValueError, match="'min_count' needs to be one that leaves some row"):
        counted(table, 2, False, Steps(5))
    assert len(counted(table, 2, True, Steps(5))) == 2


def test_without_a_threshold_nothing_is_looked_at() -> None:
    table = Interactions(USER, ITEM)
    assert counted(table, None, True, Steps(5)) is table


def test_merged_rows_are_counted() -> None:
    steps = Steps(5)
    out = merged(Interactions(USER, ITEM, timestamp=[5, 1, 1, 4, 1]), "latest", True, steps, *IDS)
    assert out.timestamp is not None
    assert out.timestamp.tolist() == [5, 1, 1, 1]
    assert steps.done == [{"step": "repeats", "reason": "that repeat a pair", "rows": 1}]


def test_repeats_may_be_errors() -> None:
    with pytest.raises(
        ValueError, match=r"'interactions' needs to be free of repeated pairs .*\[\('u', 30\)\]"
    ):
        merged(Interactions(USER, ITEM), "error", True, Steps(5), *IDS)
    labelled = Interactions(USER, ITEM, label=[0, 0, 0, 2, 0])
    assert merged(labelled, "error", False, Steps(5), *IDS) is labelled
