"""Cuts in calendar time."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from pygmmrec.data import CalendarSplit, Interactions, build_hetero_data
from pygmmrec.typing import INTERACTS, TEST, VALID

DATES = ["2023-12-31T23:59:59", "2024-01-01", "2024-01-31 12:00", "2024-02-01", "2024-03-01"]


def table(times: list) -> Interactions:
    return Interactions(np.zeros(len(times), int), np.arange(len(times)), timestamp=times)


@pytest.mark.parametrize(
    ("valid", "test"),
    [
        ("2024-01-01", "2024-02-01"),
        ("2024-01-01T00:00:00Z", "2024-02-01 01:00+01:00"),
        (dt.date(2024, 1, 1), dt.datetime(2024, 2, 1)),
        (np.datetime64("2024-01-01"), pd.Timestamp("2024-02-01")),
        (1704067200, 1706745600.0),
    ],
)
def test_a_row_at_a_cut_belongs_behind_it(valid: object, test: object) -> None:
    assert CalendarSplit(valid, test)(table(DATES)).tolist() == [0, 1, 1, 2, 2]


def test_numbers_are_those_of_the_table() -> None:
    assert CalendarSplit(3, 4.5)(table([5, 1, 4, 3])).tolist() == [2, 0, 1, 1]


def test_one_cut_is_enough() -> None:
    assert CalendarSplit(test="2024-02-01")(table(DATES)).tolist() == [0, 0, 0, 2, 2]
    assert CalendarSplit(valid="2024-02-01")(table(DATES)).tolist() == [0, 0, 0, 1, 1]


def test_all_users_are_cut_at_once() -> None:
    frame = pd.DataFrame(
        {"userID": [0, 1, 0, 1, 2], "itemID": range(5), "timestamp": pd.to_datetime(DATES, format="ISO8601")}
    )
    data = build_hetero_data(frame, split=CalendarSplit(valid="2024-01-15", test="2024-02-15"))
    assert data[INTERACTS].edge_index.tolist() == [[0, 1], [0, 1]]
    assert data[INTERACTS][VALID].tolist() == [[0, 1], [2, 3]]
    assert data[INTERACTS][TEST].tolist() == [[2], [4]]


def test_a_repr_tells_everything() -> None:
    assert repr(CalendarSplit("2024-01-01", 5e9)) == "CalendarSplit(valid='2024-01-01', test=5000000000.0)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CalendarSplit(), r"'test' needs to be given where 'valid' is not .*CalendarSplit\(valid="),
        (lambda: CalendarSplit("2024-02-01", "2024-01-01"), "'test' needs to be after 'valid', '2024-02-01'"),
        (lambda: CalendarSplit(3, 3), "'test' needs to be after 'valid', 3"),
        (lambda: CalendarSplit("01/02/2024"), "'valid' needs to be a column of numbers or of dates"),
        (lambda: CalendarSplit(test=float("nan")), "'test' needs to be finite"),
        (lambda: CalendarSplit(test=True), "'test' needs to be a number or a date"),
        (
            lambda: CalendarSplit("2024-01-01", "2025-01-01")(table(DATES)),
            r"'test' needs to be a moment from which on something happened .*2025-01-01.*and times from",
        ),
        (
            lambda: CalendarSplit("2024-01-02", "2024-01-03")(table(DATES)),
            "'valid' needs to be a moment from which on something happened",
        ),
        (
            lambda: CalendarSplit("2024-01-01")(table([1704067200123, 1706745600456])),
            "'valid' needs to be a number for a table whose times are no dates",
        ),
        (
            lambda: CalendarSplit(5)(Interactions([1], [1])),
            "'interactions' needs to be a table with timestamps",
        ),
        (lambda: build_hetero_data(table(DATES), split=CalendarSplit("2023-01-01")), "with training rows"),
    ],
)
def test_other_cuts_are_errors(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]
