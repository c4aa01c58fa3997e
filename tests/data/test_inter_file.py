"""Text files, column by column, and what is wrong with them by line."""

from pathlib import Path

import numpy as np
import pytest

from pygmmrec.data.inter_file import read_columns


def both(names: list[str]) -> dict[str, str]:
    return {"user": "userID", "item": "itemID"}


def read(folder: Path, content: str | bytes) -> dict[str, np.ndarray]:
    path = folder / "small.inter"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_columns(path, "\t", both)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n", "\r"])
def test_columns_come_in_any_order(tmp_path: Path, end: str) -> None:
    line = end if "\r" in end else "\n"
    table = read(tmp_path, line.join(["itemID\textra\tuserID", "9\tx\t0", "-4\ty\t1"]) + end)
    assert table["user"].dtype == np.int64
    assert table["user"].tolist() == [0, 1]
    assert table["item"].tolist() == [9, -4]


@pytest.mark.parametrize(
    "cells", [["007", "7"], ["1", "b"], ["1.0", "2"], ["+1", "1"], ["9" * 30, "1"], ["é", "1"]]
)
def test_ids_that_are_not_plain_integers_stay_strings(tmp_path: Path, cells: list[str]) -> None:
    table = read(tmp_path, f"userID\titemID\n{cells[0]}\t1\n{cells[1]}\t2\n")
    assert table["user"].tolist() == cells


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffuserID\titemID\n1\t2\n")["user"].tolist() == [1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "userID\titemID\n1\t2\n3\n4\t5\t6\n",
            r"2 columns in each line .* \(got \"1 columns in line 3 of '.*small.inter'",
        ),
        ("userID\titemID\n1\t2\n4\t5\t6\n3\n", r"3 columns in line 3"),
        ("userID\titemID\n", "'path' needs to be a file with rows below its header"),
        ("", "rows below its header"),
        (b"userID\titemID\n\xff\xfe\t2\n", "'path' needs to be a UTF-8 text file .*Save it as UTF-8"),
        ('userID\titemID\nu1\t"say ""hi"""\n', "'item of .*small.inter' needs to be free of quoted cells"),
        ('"userID"\t"itemID"\n"u1"\t3\n', "'header of .*small.inter' needs to be free of quoted cells"),
        ("userID,itemID\n1,2\n", r"a file delimited by '\\t' .*from_file\(path, delimiter=','\)"),
        ("userID::itemID\n1::2\n", "delimiter='::'"),
    ],
)
def test_bad_files_are_errors(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, content)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'path' needs to be an existing file .*none.inter"):
        read_columns(tmp_path / "none.inter", "\t", both)


def test_a_delimiter_may_be_longer_than_a_character(tmp_path: Path) -> None:
    path = tmp_path / "ratings.dat"
    path.write_text("userID::itemID\n1:::2\n3::4\n", encoding="utf-8")
    table = read_columns(path, "::", both)
    assert table["user"].tolist() == [1, 3]
    assert table["item"].tolist() == [":2", "4"]


@pytest.mark.parametrize("delimiter", ["", "\n", '"', None])
def test_some_delimiters_are_none(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(ValueError, match="'delimiter' needs to be one or more characters"):
        read_columns(tmp_path / "a.inter", delimiter, both)


def test_ids_of_63_bits_stay_integers(tmp_path: Path) -> None:
    found = read(tmp_path, "userID\titemID\n9223372036854775807\t9223372036854775808\n")
    assert found["user"].tolist() == [2**63 - 1]
    assert found["item"].tolist() == ["9223372036854775808"]
