"""Frames of any library, and the index of pandas."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pygmmrec.data.values.frames import (
    as_frame,
    check_same_index,
    frame_names,
    index_of,
    numbers_rows,
    row_names,
)

COLUMNS = {"a": [1], "b": [1]}


class Stream:
    """Speaks Arrow's interface and nothing else."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.table(COLUMNS).__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("frame", [pl.DataFrame(COLUMNS), pa.table(COLUMNS), pd.DataFrame(COLUMNS), COLUMNS])
def test_the_columns_of_a_frame_have_names(frame: object) -> None:
    assert frame_names(frame) == ["a", "b"]
    assert as_frame(frame, "test") is frame


@pytest.mark.parametrize("other", [np.ones(3), [1, 2], 7, pd.Series([1]), Stream()])
def test_other_things_have_none(other: object) -> None:
    assert frame_names(other) is None


def test_a_frame_that_is_not_in_memory_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"needs to be a frame in memory in 'test' \(got 'LazyFrame'\)"):
        as_frame(pl.DataFrame(COLUMNS).lazy(), "test")


@pytest.mark.parametrize(
    "frame", [pd.DataFrame([[1, 2]], columns=["a", "a"]), pa.table([[1], [2]], names=["a", "a"])]
)
def test_a_name_that_is_there_twice_is_an_error(frame: object) -> None:
    with pytest.raises(ValueError, match=r"needs to be a frame of columns of different names in 'test'"):
        as_frame(frame, "test")


def test_a_stream_of_arrow_is_read() -> None:
    reader = pa.table({"a": [1], "b": [2]}).to_reader()
    assert frame_names(as_frame(reader, "test")) == ["a", "b"]


def test_an_index_says_more_than_numbers_or_not() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    assert row_names(frame) is None
    assert row_names(frame.to_numpy()) is None
    assert list(row_names(frame.set_axis(["a", "b"]))) == ["a", "b"]
    assert list(row_names(frame.set_axis([1, 0]))) == [1, 0]
    assert numbers_rows(pd.Index([1, 0]))
    assert not numbers_rows(pd.Index([1, 2]))
    assert index_of([1, 2]) is None  # a list has a method of that name


def test_columns_of_one_index_go_together() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=[5, 6])
    check_same_index({"a": frame["a"], "b": frame["b"], "c": [1, 2], "d": np.ones(2)}, "test")
    with pytest.raises(
        ValueError, match=r"'b' needs to be of the same index as 'a' .*\[6, 5\], and \[5, 6\] there.*to_numpy"
    ):
        check_same_index({"a": frame["a"], "b": frame["b"][::-1]}, "test")
