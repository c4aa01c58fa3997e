"""Ids in a file are the ids that come back, with their types."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pygmmrec.data.ids import IdMap
from pygmmrec.data.ids_file import ids_column, ids_path, read_ids, write_ids


@pytest.mark.parametrize(
    "ids", [range(4), [3, -1, 2**63 - 1], ["7", "007", "é"], [0.5, 1.5], [b"\x00", b"a"]]
)
def test_types_are_kept(tmp_path: Path, ids: list[object]) -> None:
    path = tmp_path / "text_feat.npy"
    assert read_ids(path) is None
    write_ids(IdMap(ids), path)
    assert ids_path(path) == tmp_path / "text_feat.ids.parquet"
    back = read_ids(path)
    assert back == IdMap(ids)
    assert back is not None
    assert [type(raw) for raw in back.ids] == [type(raw) for raw in ids]


@pytest.mark.parametrize(
    ("ids", "message"),
    [([1, "a"], "all integers or all texts"), ([2**63, 1], "64 bits"), ([(1, 2)], "tuple")],
)
def test_what_a_file_cannot_hold_is_refused(ids: list[object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ids_column(IdMap(ids))


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    write_ids(IdMap(["a", "b"]), path)
    ids_path(path).write_bytes(ids_path(path).read_bytes()[:-3])
    with pytest.raises(ValueError, match="complete Parquet file"):
        read_ids(path)
    pq.write_table(pa.table({"name": ["a"]}), ids_path(path))
    with pytest.raises(ValueError, match="column 'id'"):
        read_ids(path)
    pq.write_table(pa.table({"id": ["a", "a"]}), ids_path(path))
    with pytest.raises(ValueError, match="duplicates"):
        read_ids(path)
