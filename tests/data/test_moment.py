"""Numbers and dates on the scale of a table's times."""

import datetime as dt

import numpy as np
import pytest

from pygmmrec.data.moment import moment_among, moment_number

DAY = 86400


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (7, 7),
        (7.5, 7.5),
        (np.int64(7), 7),
        ("7", 7),
        ("1970-01-02", DAY),
        ("1970-01-02T00:00:00.5", DAY + 0.5),
        ("1970-01-02 01:00:00+01:00", DAY),
        (dt.date(1970, 1, 2), DAY),
        (np.datetime64("1970-01-02T00:00"), DAY),
        (2**60 + 1, 2**60 + 1),  # nanoseconds are not rounded
    ],
)
def test_the_number_of_a_moment(moment: object, number: float) -> None:
    assert moment_number(moment, "since", "test") == number


@pytest.mark.parametrize(
    "moment", [True, "yesterday", "2024-02-30", None, float("inf"), np.datetime64("NaT")]
)
def test_what_is_no_moment(moment: object) -> None:
    with pytest.raises(ValueError, match=r"'since' needs to be .* in 'test'"):
        moment_number(moment, "since", "test")


def test_a_date_needs_seconds() -> None:
    seconds = np.array([1.6e9, 1.7e9])
    assert moment_among("2020-09-13 12:26:40", seconds, "since", "test") == 1.6e9
    assert moment_among(3, np.array([1, 5]), "since", "test") == 3
    assert moment_among("2020-01-01", seconds[:0], "since", "test") == 1577836800
    for other in (seconds * 1000, seconds * 1e9, np.array([2019, 2020]), np.array([19000, 19700])):
        message = r"'since' needs to be a number for a table whose times .*Give it in the unit of the table"
        with pytest.raises(ValueError, match=message):
            moment_among("2020-01-01", other, "since", "test")


def test_times_are_needed() -> None:
    with pytest.raises(ValueError, match=r"'since' needs to be left out .*Columns\(timestamp="):
        moment_among(3, None, "since", "test")
