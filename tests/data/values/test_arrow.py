"""Columns of Arrow follow the rules of all columns."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pygmmrec.data.values.arrow import floats, integers
from pygmmrec.data.values.table import clean


@pytest.mark.parametrize(
    "cells",
    [["0", "7", "10", "999", "-5", "-10"], ["9" * 18], ["0"] * 3, ["1", str(2**63 - 1), str(1 - 2**63)]],
)
def test_integers_as_everybody_writes_them(cells: list[str]) -> None:
    for kind in (pa.string(), pa.large_string()):
        found = integers(pa.array(cells, kind))
        assert found is not None
        assert found.tolist() == list(map(int, cells))
    assert integers(pa.array(["x", *cells]).slice(1)).tolist() == list(map(int, cells))


@pytest.mark.parametrize(
    "cell",
    [
        "007",
        "+1",
        "-0",
        "1_0",
        "0x1F",
        "1.0",
        " 1",
        "1 ",
        "",
        "9" * 19,
        "9" * 30,
        "١",
        "--1",
        "1-",
        "00",
        "-",
    ],
)
def test_what_is_written_otherwise_is_a_text(cell: str) -> None:
    assert integers(pa.array(["12", cell])) is None
    assert integers(pa.array(["12", cell, "0xFFFFFFFFFF", "5"])) is None


def test_columns_without_an_answer() -> None:
    assert integers(pa.array(["1", None])) is None
    assert integers(pa.array([], pa.string())) is None
    assert integers(pa.array([1, 2])) is None


def test_decimals() -> None:
    assert floats(pa.array(["1.5", "-2", "0.25", "3."])).tolist() == [1.5, -2, 0.25, 3]
    for cell in ("nan", "inf", "1e3", "1/2", "0x1p3", "", "1,5"):
        assert floats(pa.array(["1", cell])) is None


COLUMNS: dict[str, list[Any]] = {
    "user": ["a", "b", "a", "007", "7", "é"], "item": ["9223372036854775807", "1"],
    "rating": ["1.5", "1e1", "3"],
    "timestamp": ["2024-01-01", "2024-01-02T03:04:05.5", "2024-01-01"], "label": ["0", "1", "2", "0"],
}  # fmt: skip


@pytest.mark.parametrize("field", COLUMNS)
def test_the_same_values_as_of_a_list(field: str) -> None:
    values = COLUMNS[field]
    wanted = clean(field, values if field != "item" else [int(value) for value in values], field, "test")
    column = pa.array(values)
    for given in (column, pa.chunked_array([column[:1], column[1:]]), column.dictionary_encode()):
        found = clean(field, given, field, "test")
        if field == "item":
            found = np.array([int(value) for value in found.tolist()])
        assert found.dtype == wanted.dtype
        assert found.tolist() == wanted.tolist()


@pytest.mark.parametrize("values", [["a", None], ["a", ""], ["a", "nan"], ["a", " b"], ["1", "1.0"]])
def test_the_same_errors_as_of_a_list(values: list[Any]) -> None:
    messages = []
    for given in (values, pa.array(values), pa.array(values).dictionary_encode()):
        with pytest.raises(ValueError, match=r"'user of a.csv' needs to be") as error:
            clean("user", given, "user of a.csv", "test")
        messages.append(str(error.value))
    assert len(set(messages)) == 1


def test_types_of_arrow() -> None:
    assert clean("user", pa.array([1, 2], pa.int32()), "user", "test").dtype == np.int64
    assert clean("user", pa.chunked_array([], pa.string()), "user", "test").tolist() == []
    dates = pa.array([0, 1500], pa.timestamp("ms"))
    assert clean("timestamp", dates, "timestamp", "test").tolist() == [0, 1.5]
    with pytest.raises(ValueError, match="free of missing"):
        clean("user", pa.array([1, None]), "user", "test")
    with pytest.raises(ValueError, match="'label' needs to be a column of numbers"):
        clean("label", pa.array([[1], [2]]), "label", "test")
