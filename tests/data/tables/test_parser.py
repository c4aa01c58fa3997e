"""Columns of a file, by pyarrow."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pygmmrec.data.tables.dialect import Dialect
from pygmmrec.data.tables.parser import Parser


def test_columns_types_and_faults(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a::b::c\n1::2::x\n3::4\n5::6::y\n")
    parser = Parser(path, Dialect("::", ["a", "b", "c"]), 3, "utf-8", quoted=False)
    faults: list[Any] = []
    table = parser.read([2, 0], faults, whole=[0], threads=False)
    assert table.to_pydict() == {"2": ["x", "y"], "0": [1, 5]}
    assert [(row.number, row.actual_columns) for row in faults] == [(3, 2)]
    with pytest.raises(pa.ArrowInvalid, match="conversion error"):
        parser.read([2], faults, whole=[2])


def test_a_line_longer_than_a_block(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("b,c\n" + "x" * 500 + ",1\n" + "1,2,3\n")
    parser = Parser(path, Dialect(",", ["b", "c"]), 2, "utf-8", quoted=False)
    faults: list[Any] = []
    assert parser.read([1], faults, block=16).to_pydict() == {"1": ["1"]}
    assert len(faults) == 1
