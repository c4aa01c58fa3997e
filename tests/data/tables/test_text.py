"""Text files, column by column, and what is wrong with them by line."""

import bz2
import gzip
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.data.tables import parser
from pygmmrec.data.tables.text import read_text

BOTH = ["userID", "itemID"]
KNOWN = ("userID", "itemID", "rating")


def read(
    folder: Path, content: str | bytes, name: str = "small.inter", **options: Any
) -> dict[str, list[str]]:
    """The cells as texts, be they whole numbers or not."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read_text(path, KNOWN, lambda names: [each for each in names if each != "extra"], **options)
    return {name: list(map(str, cells)) for name, cells in found.to_pydict().items()}


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n", "\r", "\r\n\r\n\r\n"])
def test_columns_and_ends_of_lines(tmp_path: Path, end: str) -> None:
    line = end[:2].rstrip("\n") + "\n" if "\r\n" in end else end if end == "\r" else "\n"
    found = read(tmp_path, line.join(["itemID\textra\tuserID", "9\tx\t0", "-4\ty\t1"]) + end)
    assert found == {"itemID": ["9", "-4"], "userID": ["0", "1"]}


def test_cells_are_read_to_the_letter(tmp_path: Path) -> None:
    cells = ["007", " 7", "nan", "NULL", "", "é", "1e3", "true", "a'b", "\\N"]
    found = read(tmp_path, "userID\titemID\n" + "".join(f"{cell}\t{n}\n" for n, cell in enumerate(cells)))
    assert found["userID"] == cells


@pytest.mark.parametrize(("name", "pack"), [("a.csv.gz", gzip.compress), ("a.csv.bz2", bz2.compress)])
def test_packed_files(tmp_path: Path, name: str, pack: Any) -> None:
    found = read(tmp_path, pack(b'userID,itemID\n1,"a,b"\n'), name)
    assert found == {"userID": ["1"], "itemID": ["a,b"]}


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_quotes_where_they_have_a_meaning(tmp_path: Path, delimiter: str) -> None:
    lines = [f'"userID"{delimiter}"itemID"', f'u1{delimiter}"say ""hi"""', f'u2{delimiter}"two\nlines"']
    found = read(tmp_path, "\n".join(lines) + "\n", "a.csv")
    assert found == {"userID": ["u1", "u2"], "itemID": ['say "hi"', "two\nlines"]}


def test_files_without_a_header(tmp_path: Path) -> None:
    assert read(tmp_path, "1,2\n3,4\n", "a.csv") == {"0": ["1", "3"], "1": ["2", "4"]}
    assert read(tmp_path, "a,b\nc,d\n", "a.csv", header=False) == {"0": ["a", "c"], "1": ["b", "d"]}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_delimiter_of_two_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(parser, "BLOCK", size * 40)  # pyarrow reads so many bytes at a time
    rows = [f"{row}::{':' * (row % 2)}{row * 10 ** (row % 5)}" for row in range(40)]
    found = read(tmp_path, "\n".join(["userID::itemID", *rows]), "ratings.dat")
    assert [f"{user}::{item}" for user, item in zip(found["userID"], found["itemID"], strict=True)] == rows


def test_other_encodings_are_named(tmp_path: Path) -> None:
    found = read(tmp_path, "userID\titemID\né\t1\n".encode("latin-1"), encoding="latin-1")
    assert found["userID"] == ["é"]
    assert read(tmp_path, "\ufeffuserID\titemID\n1\t2\n")["userID"] == ["1"]  # a byte order mark is no name


@pytest.mark.parametrize("size", [30, 100_000, 3_000_000])
def test_lines_of_any_length(tmp_path: Path, size: int) -> None:
    assert read(tmp_path, f"userID\titemID\n{'a' * size}\t1\nb\t2\n")["userID"] == ["a" * size, "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "userID\titemID\n1\t2\n3\n4\t5\t6\n",
            r"2 columns in each line .*\"1 columns in line 3 of '.*small",
        ),
        ("userID\titemID\n1\t2\n4\t5\t6\n3\n", "3 columns in line 3"),
        ("userID\titemID\n1\t2\n\n3\t4\n", "free of blank lines but at its end .*line 3"),
        ("userID\titemID\n1\t2\n\n3\t4\n\n\n", "free of blank lines but at its end"),
        ("userID\titemID\n1\t2\n\n3\t4", "free of blank lines but at its end .*line 3"),
        ("userID\titemID\r1\t2\r\r3\t4", "free of blank lines but at its end"),
        ("userID\titemID\r\n1\t2\r\n\r\n3\t4\r\n", "free of blank lines but at its end"),
        ("userID\titemID\n", "'path' needs to be a file with rows below its header"),
        ("", "rows below its header"),
        ("\n\n", "rows below its header"),
        (
            b"userID\titemID\n\xff\xfe\t2\n",
            "'path' needs to be a text file in utf-8 .*Save it as UTF-8",
        ),
        ("userID\titemID\n1\t2\n".encode("utf-16"), "'path' needs to be a text file in utf-8"),
        ('userID\titemID\nu1\t"say ""hi"""\n', "'itemID of .*small.inter' needs to be free of quoted cells"),
        ('"userID"\t"itemID"\n"u1"\t3\n', "'header of .*small.inter' needs to be free of quoted cells"),
    ],
)
def test_bad_files_are_errors(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, content)


def test_a_bad_byte_far_below(tmp_path: Path) -> None:
    content = b"userID\titemID\n" + b"1\t2\n" * 100_000 + b"\xff\t3\n"
    with pytest.raises(ValueError, match="'path' needs to be a text file in utf-8"):
        read(tmp_path, content)
    with pytest.raises(ValueError, match="1 columns in line 100002"):
        read(tmp_path, content[:-4] + b"7\n")
