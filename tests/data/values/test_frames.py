"""Frames of any library, and the index of pandas."""

import numpy as np
import pandas as pd
import pytest

from pygmmrec.data.values.frames import (
    as_frame,
    check_same_index,
    frame_names,
    index_of,
    numbers_rows,
    row_names,
)


class Polars:
    """Answers as a frame of polars does."""

    columns = ("a", "b")

    def __getitem__(self, name: str) -> list[int]:
        return [1]


class Arrow(Polars):
    """Answers as a table of pyarrow does, whose ``columns`` are the values."""

    column_names = ("a", "b")
    columns = ([1], [1])


class Lazy(Polars):
    """Has rows only once it is collected."""

    def collect(self) -> Polars:
        return Polars()


class Stream:
    """Speaks Arrow's interface and nothing else."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise NotImplementedError


@pytest.mark.parametrize(
    "frame", [Polars(), Arrow(), pd.DataFrame({"a": [1], "b": [1]}), {"a": [1], "b": [1]}]
)
def test_the_columns_of_a_frame_have_names(frame: object) -> None:
    assert frame_names(frame) == ["a", "b"]
    assert as_frame(frame, "test") is frame


@pytest.mark.parametrize("other", [np.ones(3), [1, 2], 7, Stream()])
def test_other_things_have_none(other: object) -> None:
    assert frame_names(other) is None


def test_a_frame_that_is_not_in_memory_is_an_error() -> None:
    with pytest.raises(
        ValueError, match=r"needs to be a frame in memory in 'test' \(got 'Lazy'\). Collect it"
    ):
        as_frame(Lazy(), "test")


def test_a_stream_needs_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"needs to be a frame in 'test' \(got 'Stream'\). Install pyarrow"):
        as_frame(Stream(), "test")


def test_a_stream_of_arrow_is_read() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    reader = pyarrow.table({"a": [1], "b": [2]}).to_reader()
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
