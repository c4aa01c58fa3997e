"""Whole numbers are read as such where that says the same to the byte, and as texts elsewhere."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pygmmrec.data.tables import text
from pygmmrec.data.tables.content import layout_of
from pygmmrec.data.tables.text import read_text
from pygmmrec.data.tables.whole import is_exact, whole_columns
from pygmmrec.data.values.arrow import by_value
from pygmmrec.data.values.ids import as_ids


def read(path: Path, **options: Any) -> pa.Table:
    return read_text(path, ("userID", "itemID"), lambda names: names, **options)


def test_whole_columns() -> None:
    assert whole_columns([["1", "007", "-3"], ["20", "8", "0"]]) == [0, 2]
    assert whole_columns([["1", "2"], ["3"]]) == [0]
    assert whole_columns([["1", "a" * 200]]) == []  # long lines
    assert whole_columns([["12345678901234567890"], ["-0"]]) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", "::", ";"])
def test_a_plain_file_is_read_as_numbers(tmp_path: Path, end: str, delimiter: str) -> None:
    rows = [["userID", "itemID", "rating"], ["1", "-20", "3.5"], ["10", "0", "4.0"]]
    path = tmp_path / "a.csv"
    path.write_bytes(end.join(delimiter.join(row) for row in rows).encode())
    table = read(path, delimiter=delimiter)
    assert table.schema.types == [pa.int64(), pa.int64(), pa.string()]
    assert table.to_pydict() == {"userID": [1, 10], "itemID": [-20, 0], "rating": ["3.5", "4.0"]}


@pytest.mark.parametrize(
    "late", ["007", "+7", " 7", "7 ", "0x7", "-0", "NA", "", "1.0", "u7", "é", str(2**70)]
)
@pytest.mark.parametrize("rows", [5, 20_000])
def test_a_late_cell_makes_all_of_its_column_texts(tmp_path: Path, late: str, rows: int) -> None:
    """Also beyond the first lines, by which a file is known."""
    path = tmp_path / "a.csv"
    path.write_text("userID,itemID\n" + "1,2\n" * rows + f"{late},3\n" + "4,5\n" * 3)
    table = read(path)
    assert table["userID"].type == pa.string()
    assert table["userID"][rows].as_py() == late
    assert table["userID"].slice(rows + 1).to_pylist() == ["4"] * 3


@pytest.mark.parametrize("seed", range(20))
def test_ids_are_those_of_the_texts(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain twin reads every cell as a text first."""
    rng = np.random.default_rng(seed)
    users = [str(number) for number in rng.integers(-(10 ** rng.integers(1, 18)), 10**6, size=50)]
    if seed % 3 == 0:
        users[rng.integers(50)] = str(rng.choice(["01", "a", "99999999999999999999", "+1"]))
    path = tmp_path / "a.csv.gz"
    lines = [f"{user},{item}" for user, item in zip(users, rng.integers(9, size=50), strict=True)]
    path.write_bytes(gzip.compress("\n".join(["userID,itemID", *lines]).encode()))
    fast = by_value(as_ids, read(path)["userID"], "user", "test", number=False)
    monkeypatch.setattr(text, "whole_columns", lambda rows: [])
    slow = by_value(as_ids, read(path)["userID"], "user", "test", number=False)
    assert fast.dtype == slow.dtype
    assert fast.tolist() == slow.tolist()


def test_is_exact_counts_every_byte() -> None:
    content = b"a,b\n1,x\n22,yy\n"
    layout = layout_of(content)
    table = pa.table({"0": [1, 22], "1": ["x", "yy"]})
    assert is_exact(table, layout, header=True, delimiter=1)
    assert not is_exact(table, layout, header=False, delimiter=1)
    assert not is_exact(table, layout, header=True, delimiter=2)
    assert not is_exact(pa.table({"0": [1, None], "1": ["x", "yy22"]}), layout, header=True, delimiter=1)
    assert not is_exact(pa.table({"0": [-(2**63), 2], "1": ["", ""]}), layout, header=True, delimiter=1)
