"""What was left out is logged once, counted, and never everything."""

import logging

import numpy as np
import pytest

from pygmmrec.data import Interactions
from pygmmrec.data.events.steps import Steps

TABLE = Interactions(np.arange(4), np.arange(4))


def test_each_step_that_leaves_rows_out_is_counted_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    steps = Steps(4)
    with caplog.at_level(logging.INFO):
        out = steps.keep(TABLE, TABLE.user != 2, "a", "rated below 3")
        assert steps.keep(out, out.user < 9, "b", "of nobody") is out
        out = steps.keep(out, out.user < 3, "c", "before 7")
    assert out.user.tolist() == [0, 1]
    assert caplog.messages == ["left out 1 of 4 rows rated below 3", "left out 1 of 3 rows before 7"]
    assert steps.done == [
        {"step": "a", "reason": "rated below 3", "rows": 1},
        {"step": "c", "reason": "before 7", "rows": 1},
    ]


def test_a_step_that_leaves_nothing_is_an_error_that_tells_all_steps() -> None:
    steps = Steps(4)
    nobody = np.zeros(4, dtype=bool)
    with pytest.raises(
        ValueError, match=r"'a' needs to be one that leaves some row in 'Positives' \(got '4 rows, all x'\)"
    ):
        steps.keep(TABLE, nobody, "a", "x")
    out = steps.keep(TABLE, TABLE.user > 0, "b", "y")
    with pytest.raises(ValueError, match=r"'c' .*'3 rows, all z'\). Of 4 rows, 'b' left out 1 before."):
        steps.keep(out, nobody[:3], "c", "z")


def test_an_empty_table_is_nobodys_fault() -> None:
    steps = Steps(0)
    empty = TABLE.take(np.array([], dtype=int))
    assert len(steps.keep(empty, np.array([], dtype=bool), "a", "x")) == 0
    assert steps.done == []


def test_steps_go_on_after_others() -> None:
    first = Steps(4)
    first.count("a", "x", 1, 3)
    second = Steps(3, first.done)
    second.count("b", "y", 1, 2)
    assert [step["step"] for step in second.done] == ["a", "b"]
    assert len(first.done) == 1
