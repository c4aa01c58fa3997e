"""Tables from arrays, frames, mappings and files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from pygmmrec.data import Columns, Interactions, read_interactions
from pygmmrec.data.interactions import wanted_columns

FULL = "userID\titemID\trating\ttimestamp\tx_label\nu1\t7\t4.5\t100\t0\nu2\t9\t3\t50\t2\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "small.inter"
    path.write_text(text)
    return path


def test_all_columns_of_a_file_are_read(tmp_path: Path) -> None:
    table = Interactions.from_file(write(tmp_path, FULL))
    assert table.user.tolist() == ["u1", "u2"]
    assert table.item.tolist() == [7, 9]
    assert table.rating is not None
    assert table.rating.dtype == np.float32
    assert table.rating.tolist() == [4.5, 3.0]
    assert table.timestamp is not None
    assert table.timestamp.tolist() == [100, 50]
    assert table.label is not None
    assert table.label.tolist() == [0, 2]
    assert repr(table) == "Interactions(2 rows: user, item, label, rating, timestamp)"


def test_other_names_and_delimiters(tmp_path: Path) -> None:
    path = write(tmp_path, "uid,asin,x_label\n1,a,0\n2,b,1\n")
    table = Interactions.from_file(path, Columns(user="uid", item="asin", label=None), delimiter=",")
    assert table.item.tolist() == ["a", "b"]
    assert table.label is None


@pytest.mark.parametrize(
    "source",
    [
        ([1, 2], ["a", "b"], [0, 1]),
        (torch.tensor([1, 2]), np.array(["a", "b"]), (0, 1)),
        {"userID": [1, 2], "itemID": ["a", "b"], "x_label": [0, 1], "more": [None, None]},
        pd.DataFrame({"x_label": [0, 1], "itemID": ["a", "b"], "userID": [1, 2]}, index=[9, 4]),
        Interactions(np.array([1, 2]), np.array(["a", "b"]), np.array([0, 1])),
    ],
)
def test_every_source_gives_the_same_table(source: object) -> None:
    table = read_interactions(source)
    assert table.user.tolist() == [1, 2]
    assert table.item.tolist() == ["a", "b"]
    assert table.label is not None
    assert table.label.tolist() == [0, 1]


def test_a_path_may_be_a_string(tmp_path: Path) -> None:
    assert len(read_interactions(str(write(tmp_path, FULL)))) == 2


def test_rows_and_parts_are_taken_in_all_columns(tmp_path: Path) -> None:
    table = read_interactions(write(tmp_path, FULL))
    assert table.take(np.array([1])).user.tolist() == ["u2"]
    assert table.part("test").item.tolist() == [9]
    assert len(table.part("valid")) == 0


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.inter", r"'path' needs to be an existing file in 'read_columns' \(got 'nowhere.inter'\)"),
        (
            ([1, 2], [3]),
            r"'item' needs to be as long as 'user' \(2 rows\) in 'Interactions' \(got '1 rows'\)",
        ),
        (([1], [2], [3]), r"'label' needs to be 0 \(train\), 1 \(valid\) or 2 \(test\) .* \(got \[3\]\)"),
        (([1], [2], ["dev"]), r"'label' needs to be a column of numbers in 'Interactions' \(got \['dev'\]\)"),
        (([1], [2], [0.5]), r"'label' needs to be 0 \(train\).* \(got \[0.5\]\)"),
        (([None], [2]), r"'user' needs to be free of missing ids in 'Interactions' \(got \[None\]\)"),
        (([1], [float("nan")]), "'item' needs to be free of missing ids in 'Interactions'"),
        (([[1]], [2]), "'user' needs to be ids that can be hashed"),
        (
            {"userID": [1], "item": [2]},
            r"'columns.item' needs to be one of the columns \['userID', 'item'\] .* \(got 'itemID'\). "
            r"Name the column to use, as in columns=Columns\(item='userID'\)",
        ),
        (pd.DataFrame({"itemID": [2]}), "'columns.user' needs to be one of the columns"),
        (7, r"'interactions' needs to be Interactions, a path, .* \(got 'int'\)"),
        ([[1, 2]], r"'interactions' needs to be Interactions, a path"),
    ],
)
def test_bad_sources_are_errors(source: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_interactions(source)


def test_a_renamed_column_has_to_be_there() -> None:
    wanted = wanted_columns(Columns(), ["itemID", "userID", "rating"], "test")
    assert wanted == {"user": "userID", "item": "itemID", "rating": "rating"}
    with pytest.raises(
        ValueError, match=r"'columns.rating' needs to be one of the columns .* \(got 'stars'\)"
    ):
        wanted_columns(Columns(rating="stars"), ["itemID", "userID", "rating"], "test")


@pytest.mark.parametrize("column", ["rating", "timestamp"])
def test_a_column_of_words_is_an_error(column: str) -> None:
    table = {"userID": [1], "itemID": [2], column: ["high"]}
    with pytest.raises(ValueError, match=f"'{column}' needs to be a column of numbers.*'high'"):
        read_interactions(table)
