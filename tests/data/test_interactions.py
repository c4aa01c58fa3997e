"""Tables from arrays, frames, mappings and files."""

import datetime as dt
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import Columns, Interactions, LeaveOneOut, read_interactions

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
        ("nowhere.inter", r"'path' needs to be an existing file in 'read_table' \(got 'nowhere.inter'\)"),
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
            {"userID": [1], "artist": [2]},
            r"'columns.item' needs to be one of the columns \['userID', 'artist'\] .* \(got 'itemID'\). "
            r"Name the column to use, as in columns=Columns\(item='artist'\)",
        ),
        (pd.DataFrame({"itemID": [2]}), "'columns.user' needs to be one of the columns"),
        (7, r"'interactions' needs to be Interactions, a path, .* \(got 'int'\)"),
        ([[1, 2]], r"'interactions' needs to be Interactions, a path"),
        ((None, [2]), r"'user' needs to be a column of ids in 'Interactions' \(got None\)"),
        ((np.ones((2, 2), int), [1, 2]), "'user' needs to be one column"),
        ((pd.Series([1, 2]), pd.Series([3, 4], [1, 0])), "'item' needs to be of the same index as 'user'"),
        (HeteroData(), r"'interactions' needs to be .* \(got 'HeteroData'\). It holds a graph .*relabel"),
    ],
)
def test_bad_sources_are_errors(source: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_interactions(source)


@pytest.mark.parametrize("column", ["rating", "timestamp"])
def test_a_column_of_words_is_an_error(column: str) -> None:
    table = {"userID": [1], "itemID": [2], column: ["high"]}
    with pytest.raises(ValueError, match=f"'{column}' needs to be a column of numbers.*'high'"):
        read_interactions(table)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("u1\tnan\t1\t1\t0", "'item of .*small.inter' needs to be free of words"),
        ("u1\t\t1\t1\t0", "'item of .*small.inter' needs to be free of missing ids"),
        ("u 1 \t3\t1\t1\t0", "'user of .*small.inter' needs to be ids without white space"),
        ("u1\t3\t1_0\t1\t0", "'rating of .*small.inter' needs to be a column of numbers"),
        ("u1\t3\t1\tsoon\t0", "'timestamp of .*small.inter' needs to be a column of numbers or of dates"),
        ("u1\t3\t1\t1\t5", r"'label of .*small.inter' needs to be 0 \(train\)"),
    ],
)
def test_an_error_in_a_file_names_the_file(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Interactions.from_file(write(tmp_path, f"{FULL}{row}\n"))


def test_dates_keep_what_is_below_a_second(tmp_path: Path) -> None:
    dates = ["2024-05-01 10:00:00.9", "2024-05-01 10:00:00.1", "2024-05-01 10:00:00.5"]
    frame = pd.DataFrame({"userID": [1, 1, 1], "itemID": [7, 8, 9], "timestamp": pd.to_datetime(dates)})
    lines = [f"1\t{item}\t{date}" for item, date in zip((7, 8, 9), dates, strict=True)]
    path = write(tmp_path, "\n".join(["userID\titemID\ttimestamp", *lines]))
    for table in (Interactions.from_table(frame), Interactions.from_file(path)):
        assert LeaveOneOut()(table).tolist() == [2, 0, 1]


def test_one_long_id_makes_no_row_wide(tmp_path: Path) -> None:
    rows = "".join(f"u{row}\t{row}\n" for row in range(2000))
    tracemalloc.start()
    table = Interactions.from_file(write(tmp_path, f"userID\titemID\n{'a' * 100_000}\t1\n{rows}"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(table) == 2001
    assert peak < 10 * 2**20  # as wide as the longest, the column alone would be 800 MB


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_frames_of_other_libraries(library: str) -> None:
    module = pytest.importorskip(library)
    make = module.DataFrame if library == "polars" else module.table
    source = make(
        {"userID": ["a", "b"], "itemID": [2**60 + 1, 3], "timestamp": [dt.datetime(1970, 1, 2)] * 2}
    )
    table = read_interactions(source)
    assert table.user.tolist() == ["a", "b"]
    assert table.item.tolist() == [2**60 + 1, 3]
    assert table.timestamp is not None
    assert table.timestamp.tolist() == [86400, 86400]
    column = (module.Series if library == "polars" else module.array)(["a", None])
    with pytest.raises(ValueError, match="'user' needs to be free of missing ids"):
        read_interactions((column, [1, 2]))


def test_a_published_split_in_three_files(tmp_path: Path) -> None:
    paths = {}
    for name, rows in {"train": "ann,1\nbob,2\n", "valid": "ann,2\n", "test": "7,1\n"}.items():
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_text(f"user,item\n{rows}")
    table = read_interactions(paths)
    assert table.user.tolist() == ["ann", "bob", "ann", 7]
    assert table.item.tolist() == [1, 2, 2, 1]
    assert table.label is not None
    assert table.label.tolist() == [0, 0, 1, 2]
    frames = {name: pd.DataFrame({"userID": [1], "itemID": [2]}) for name in ("train", "test")}
    assert read_interactions(frames).part("test").user.tolist() == [1]
    frames["test"]["rating"] = 1.0
    with pytest.raises(ValueError, match="tables of the same columns for each part of the split"):
        read_interactions(frames)
