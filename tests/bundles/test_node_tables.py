from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pygmmrec.bundles.node_tables import load_nodes, save_nodes
from pygmmrec.data import IdMap, NodeInfo

INFO = {"title": ["a", None], "genres": [["x", "y"], []], "price": [0.5, 2], "id": [7, 8], "info.id": [1, 2]}


@pytest.mark.parametrize(
    "ids",
    [range(2), [1, 0], ["b", "a"], [0.5, "x"], [("a", 1), ("a", (2, "b"))], [2**70, 3], [], [-5, 2**62]],
)
def test_ids_come_back_as_they_were(ids: Any, tmp_path: Path) -> None:
    before = IdMap(ids)
    save_nodes(tmp_path / "users.parquet", before, None)
    after, info = load_nodes(tmp_path / "users.parquet", "here")
    assert after == before
    assert type(after.ids) is type(before.ids) or not ids
    assert repr(tuple(after.ids)) == repr(tuple(before.ids))
    assert after.index(list(before.ids)).tolist() == list(range(len(before)))
    assert info.columns == []


def test_what_else_is_known_stands_beside_them(tmp_path: Path) -> None:
    save_nodes(tmp_path / "items.parquet", IdMap(["p", "q"]), NodeInfo(INFO))
    ids, info = load_nodes(tmp_path / "items.parquet", "here")
    assert ids == IdMap(["p", "q"])
    assert info == NodeInfo(INFO)
    assert repr(info["price"]) == "[0.5, 2]"
    table = pq.read_table(tmp_path / "items.parquet")  # other programs read it, too
    assert table.column_names == ["id", "title", "genres", "price", "info.id", "info.info.id"]
    assert table["title"].to_pylist() == INFO["title"]


def test_without_ids(tmp_path: Path) -> None:
    save_nodes(tmp_path / "a.parquet", None, NodeInfo({"title": ["a"]}))
    assert load_nodes(tmp_path / "a.parquet", "here") == (None, NodeInfo({"title": ["a"]}))


def test_columns_of_another_length_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'info' needs to be of 2 rows, as there are ids"):
        save_nodes(tmp_path / "a.parquet", IdMap(["p", "q"]), NodeInfo({"title": ["a"]}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and no table PAR1"])
def test_a_damaged_file_is_an_error(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(ValueError, match=r"'path' needs to be .* in 'here' .*a\.parquet"):
        load_nodes(tmp_path / "a.parquet", "here")
