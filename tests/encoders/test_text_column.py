"""Columns of texts, from any library."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pygmmrec.encoders.text_column import as_arrow, column_names, is_text, text_columns


@pytest.mark.parametrize(
    "raw",
    [
        ["a", None],
        np.array(["a", np.nan], dtype=object),
        pd.Series(["a", None]),
        pd.Series(["a", pd.NA], dtype="string"),
        pd.Categorical(["a", None]),
        pa.array(["a", None], pa.large_string()),
        pa.chunked_array([["a"], [None]]),
    ],
)
def test_one_column_of_texts(raw: object) -> None:
    assert is_text(raw)
    columns = text_columns(raw)
    assert {name: column.to_pylist() for name, column in columns.items()} == {"text": ["a", ""]}


def test_a_frame_may_hold_numbers_and_lists() -> None:
    frame = pd.DataFrame({"tags": [["x", "y"], [], None], "year": [1, 2, 3], 7: ["é", None, "c"]})
    wanted = {"tags": ["x, y", "", ""], "year": ["1", "2", "3"], "7": ["é", "", "c"]}
    for raw in (frame, dict(frame.items())):
        assert is_text(raw)
        assert {name: column.to_pylist() for name, column in text_columns(raw).items()} == wanted


@pytest.mark.parametrize(
    "raw", [[1, 2], [b"a"], [object()], np.zeros((2, 2)), "ab", {"a", "b"}, None, ["\ud800"]]
)
def test_anything_else_is_no_text(raw: object) -> None:
    assert not is_text(raw)
    with pytest.raises(ValueError, match="a column of texts"):
        text_columns(raw)


def test_a_column_of_a_frame_that_is_no_text_is_named() -> None:
    with pytest.raises(ValueError, match=r"raw\['b'\]' needs to be a column of texts, numbers or lists"):
        text_columns({"a": ["x"], "b": pa.array([{"c": 1}])})


def test_columns_of_one_length_and_index() -> None:
    with pytest.raises(ValueError, match="columns of one length"):
        text_columns({"one": ["a", "b"], "two": ["c"]})
    assert list(text_columns({"one": ["a", "b"], "two": ["c"]}, ["two"])) == ["two"]
    first, second = pd.Series(["a", "b"]), pd.Series(["c", "d"], index=[1, 0])
    with pytest.raises(ValueError, match="same index"):
        text_columns({"one": first, "two": second})


def test_names_are_those_of_a_frame() -> None:
    assert column_names(pd.DataFrame({"a": [1]})) == ["a"]
    assert column_names(pa.table({"a": [1]})) == ["a"]
    assert column_names({"a": [1]}) == ["a"]
    assert column_names(pd.Series(["a"])) is None
    assert column_names(["a"]) is None


def test_chunks_become_one_array() -> None:
    assert as_arrow(pa.chunked_array([], pa.string())).to_pylist() == []
    assert isinstance(as_arrow(pa.chunked_array([["a"], ["b"]])), pa.Array)
