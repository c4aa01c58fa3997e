"""Times keep their order to the last digit, or are refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import torch

from pygmmrec.data.values.times import Moment, as_times

EAST = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ([978300760, 5], [978300760, 5]),
        (["9.78300760E+08", "978300761.0"], [978300760, 978300761]),
        ([0.9, 0.1], [0.9, 0.1]),
        (["1714557600123456789", "1"], [1714557600123456789, 1]),
        (np.array(["1970-01-02", "1970-01-01T00:00:05"], dtype="datetime64[ns]"), [86400, 5]),
        (pd.to_datetime(["1970-01-01 00:00:00.9", "1970-01-01 00:00:00.1"]), [0.9, 0.1]),
        (np.array(["1969-12-31T23:59:59.500"], dtype="datetime64[ms]"), [-0.5]),
        (np.array(["1970-02", "1971-01"], dtype="datetime64[M]"), [2678400, 31536000]),
        (pd.Series(pd.to_datetime(["1970-01-01 02:00:01+02:00"])), [1]),
        ([dt.date(1970, 1, 2), dt.datetime(1970, 1, 1, 0, 0, 5)], [86400, 5]),
        ([dt.datetime(1970, 1, 1, 2, 0, 1, 500000, tzinfo=EAST)], [1.5]),
        ([np.datetime64("1970-01-02", "D"), np.datetime64("1970-01-01T00:00:05", "ns")], [86400, 5]),
        ([pd.Timestamp(1_000_000_000), dt.datetime(1970, 1, 1)], [1, 0]),
        (["1970-01-02", "1970-01-01 00:00:01.5", "1970-01-01T00:00"], [86400, 1.5, 0]),
        (["1970-01-01T02:00:00+02:00", "1970-01-01 00:00:02Z", "1969-12-31 22:30:03-0130"], [0, 2, 3]),
    ],
)
def test_times_are_numbers_or_seconds(values: object, seconds: list) -> None:
    found = as_times(values, "timestamp", "test")
    assert found.tolist() == seconds
    assert found.dtype == (np.float64 if any(isinstance(second, float) for second in seconds) else np.int64)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            pd.to_datetime(["2024-05-01", None]),
            r"free of missing times in 'test' \(got 'NaT in 1 rows'\). Drop",
        ),
        ([dt.date(2024, 5, 1), None], "a column of numbers or of dates"),
        ([pd.NaT, pd.Timestamp(3)], "a column of numbers or of dates"),
        (["2024-05-01", ""], "a column of numbers or of dates"),
        (["2024-05-01", "1714557600"], r"a column of numbers or of dates .*'1714557600'.*ISO 8601"),
        (["05/01/2024"], r"a column of numbers or of dates .*'05/01/2024'.*pandas.to_datetime"),
        (["2024-02-30"], "a column of numbers or of dates"),
        (["yesterday"], "a column of numbers or of dates"),
        ([3, "", None], "a column of numbers in 'test'"),
        ([float("nan"), 3], "finite in each row"),
        (["2024-05-01T00:00Z", "2024-05-01T00:00"], "dates that all have a time zone, or none.*to UTC"),
        ([dt.datetime(2024, 5, 1, tzinfo=EAST), dt.datetime(2024, 5, 1)], "dates that all have a time zone"),
        (
            ["2024-05-01 10:00:00.000000001", "2024-05-01 10:00:00.000000002"],
            "differ by a microsecond or more",
        ),
        ([1.7145576e18], r"below 2\*\*53 where times are float64.*Read the column as integers"),
        (["1714557600123456789.0"], r"below 2\*\*53"),
        ([2**60 + 1, 1.5], r"below 2\*\*53"),
        (np.array([2**63 + 5], dtype=np.uint64), r"below 2\*\*53"),
        (torch.tensor([1.7e9, 5.0]), r"below 2\*\*24 where times are float32"),
        (np.array([1], dtype="timedelta64[s]"), "a column of numbers"),
    ],
)
def test_other_times_are_errors(values: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_times(values, "timestamp", "test")


def test_times_of_microseconds_keep_their_order_today() -> None:
    texts = [f"2024-05-01 10:00:00.{micro:06d}" for micro in range(1000)]
    found = as_times(texts, "timestamp", "test")
    assert (np.diff(found) > 0).all()
    assert found.tolist() == as_times(np.array(texts, dtype="datetime64[us]"), "timestamp", "test").tolist()


def test_a_moment_is_exact() -> None:
    assert Moment(1, 5, False) < Moment(1, 6, False)
