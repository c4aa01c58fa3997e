"""Every format gives the same table."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from pygmmrec.data import Interactions
from pygmmrec.data.tables.read import find_files

TABLE = pa.table({
    "userID": ["ann", "bob", "ann"], "itemID": [7, 8, 9], "rating": [1.5, 2.0, 5.0], 
    "timestamp": [10, 20, 30], "note": ["", "2024-01-01", "x"],
})  # fmt: skip


def write(path: Path, table: pa.Table = TABLE) -> Path:
    kind = path.name.partition(".")[2]
    if kind in ("parquet", "pq"):
        parquet.write_table(table, path)
    elif kind in ("feather", "arrow"):
        feather.write_feather(table, str(path))
    elif kind.startswith("jsonl"):
        text = "".join(f"{json.dumps(row)}\n" for row in table.to_pylist())
        with pa.output_stream(str(path), compression="detect") as file:
            file.write(text.encode())
    else:
        with pa.output_stream(str(path), compression="detect") as file:
            csv.write_csv(table, file)
    if kind == "tsv":
        path.write_text(path.read_text().replace('"', "").replace(",", "\t"))
    return path


def columns(table: Interactions) -> list[list[object]]:
    assert table.rating is not None
    assert table.timestamp is not None
    return [each.tolist() for each in (table.user, table.item, table.rating, table.timestamp)]


WANTED = [["ann", "bob", "ann"], [7, 8, 9], [1.5, 2.0, 5.0], [10, 20, 30]]


@pytest.mark.parametrize(
    "kind", ["csv", "tsv", "csv.gz", "csv.zst", "parquet", "pq", "feather", "arrow", "jsonl", "jsonl.gz"]
)
def test_every_format_gives_the_same_table(tmp_path: Path, kind: str) -> None:
    assert columns(Interactions.from_file(write(tmp_path / f"plays.{kind}"))) == WANTED


def test_folders_patterns_and_lists(tmp_path: Path) -> None:
    folder = tmp_path / "plays"
    folder.mkdir()
    paths = [write(folder / f"{part}.csv", TABLE.slice(part, 1)) for part in range(3)]
    (folder / "_SUCCESS").touch()
    for source in (folder, str(folder / "*.csv"), paths, [folder]):
        assert columns(Interactions.from_file(source)) == WANTED
    assert columns(Interactions.from_file(paths[::-1]))[0] == ["ann", "bob", "ann"]
    write(folder / "more.parquet")
    with pytest.raises(ValueError, match=r"'path' needs to be a folder of files of one kind .*csv.*parquet"):
        Interactions.from_file(folder)
    with pytest.raises(ValueError, match="'path' needs to be a pattern that some file has"):
        find_files(str(folder / "*.tsv"))


def test_ids_that_look_like_dates_stay_texts(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", pa.table({"userID": ["2024-01-01", "2024-01-02"], "itemID": [1, 2]}))
    assert Interactions.from_file(path).user.tolist() == ["2024-01-01", "2024-01-02"]


def test_types_of_files_are_believed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", pa.table({"userID": ["1", "2"], "itemID": [1.0, 2.0]}))
    table = Interactions.from_file(path)
    assert table.user.tolist() == ["1", "2"] or table.user.tolist() == [1, 2]
    assert table.item.tolist() == [1, 2]


@pytest.mark.parametrize("kind", ["parquet", "feather", "jsonl"])
def test_damaged_files_are_errors_with_their_path(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / f"a.{kind}")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=rf"'path' needs to be a complete \.{kind} file .*a\.{kind}"):
        Interactions.from_file(path)


@pytest.mark.parametrize("kind", ["parquet", "feather", "jsonl"])
def test_bytes_that_are_no_text_are_an_error_with_the_path(tmp_path: Path, kind: str) -> None:
    options = {"parquet": {"compression": "none"}, "feather": {"compression": "uncompressed"}}.get(kind, {})
    path = tmp_path / f"a.{kind}"
    if kind == "jsonl":
        write(path)
    else:
        {"parquet": parquet.write_table, "feather": feather.write_feather}[kind](TABLE, str(path), **options)
    path.write_bytes(path.read_bytes().replace(b"bob", b"b\xffb"))
    with pytest.raises(ValueError, match=rf"'path' needs to be a complete \.{kind} file .*a\.{kind}"):
        Interactions.from_file(path)


def test_places_beyond_the_end_of_a_feather_file(tmp_path: Path) -> None:
    """Arrow reads texts wherever their offsets say, and crashes, unless they are looked at first."""
    path = tmp_path / "a.feather"
    feather.write_feather(TABLE, str(path), compression="uncompressed")
    offsets = np.array([0, 3, 6, 9], dtype=np.int32).tobytes()
    raw = path.read_bytes()
    assert raw.count(offsets) == 1
    path.write_bytes(raw.replace(offsets, np.array([0, 3, 2**30, 2**30], dtype=np.int32).tobytes()))
    with pytest.raises(ValueError, match=r"'path' needs to be a complete \.feather file .*a\.feather"):
        Interactions.from_file(path)


def test_other_columns_in_the_second_file(tmp_path: Path) -> None:
    write(tmp_path / "a.csv")
    write(tmp_path / "b.csv", TABLE.drop_columns(["rating"]))
    with pytest.raises(ValueError, match="files of the same columns"):
        Interactions.from_file(tmp_path / "*.csv")
