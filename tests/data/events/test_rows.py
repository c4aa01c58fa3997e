"""Steps that look at each row by itself."""

import numpy as np
import pytest

from pygmmrec.data import Interactions
from pygmmrec.data.events.rows import rated, ruled, within
from pygmmrec.data.events.steps import Steps

TABLE = Interactions(
    ["a", "b", "a", "c"], [0, 1, 2, 3], rating=[5.0, 3.3, 0.5, 1.0], timestamp=[10, 20, 30, 40]
)


def items(table: Interactions) -> list[int]:
    return list(table.item)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, [0, 1, 2, 3]),
        (20, None, [1, 2, 3]),
        (None, 30, [0, 1]),
        (20, 40, [1, 2]),
        (10.5, 20.5, [1]),
    ],
)
def test_a_window_holds_its_beginning_and_not_its_end(since: object, until: object, expected: list) -> None:
    assert items(within(TABLE, since, until, Steps(4))) == expected  # type: ignore[arg-type]


def test_a_window_of_dates() -> None:
    table = Interactions([0, 0, 0], [0, 1, 2], timestamp=["2023-12-31", "2024-01-01", "2024-06-01 09:00"])
    steps = Steps(3)
    assert items(within(table, "2024-01-01", "2024-06-01 10:00", steps)) == [1, 2]
    assert items(within(table, None, "2024-06-01", steps)) == [0, 1]
    assert [step["reason"] for step in steps.done] == ["before 2024-01-01", "at 2024-06-01 or later"]


def test_a_rule_sees_raw_ids() -> None:
    steps = Steps(4)
    assert items(ruled(TABLE, lambda table: table.user == "a", steps)) == [0, 2]
    assert str(steps.done[0]["reason"]).startswith("of which test_a_rule_sees_raw_ids")
    assert ruled(TABLE, None, steps) is TABLE


@pytest.mark.parametrize("mask", [[1, 0, 1, 0], [True], True, [0.5] * 4])
def test_a_rule_says_yes_or_no_of_each_row(mask: object) -> None:
    with pytest.raises(
        ValueError, match="'rule' needs to be a function that gives a bool for each of the 4 rows"
    ):
        ruled(TABLE, lambda table: mask, Steps(4))


def test_ratings_are_compared_as_they_are_stored() -> None:
    assert items(rated(TABLE, 3.3, Steps(4))) == [0, 1]  # 3.3 is another number in float32
    assert items(rated(TABLE, -1, Steps(4))) == [0, 1, 2, 3]
    steps = Steps(4)
    rated(TABLE, 1.0, steps)
    assert steps.done == [{"step": "min_rating", "reason": "rated below 1", "rows": 1}]


def test_columns_that_a_step_needs() -> None:
    bare = Interactions(np.arange(2), np.arange(2))
    with pytest.raises(ValueError, match=r"'min_rating' needs to be left out .*Columns\(rating=...\)"):
        rated(bare, 3, Steps(2))
    with pytest.raises(ValueError, match="'until' needs to be left out for a table without timestamps"):
        within(bare, None, 3, Steps(2))
