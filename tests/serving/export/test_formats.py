"""Vectors come back from files as they were written."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from pygmmrec.serving.export import formats
from pygmmrec.serving.export.formats import write_ids, write_numpy, write_parquet, write_safetensors
from pygmmrec.serving.export.vectors import Vectors

DTYPES = ("float32", "float16")


def both(dtype: str) -> tuple[Vectors, Vectors]:
    values = np.random.default_rng(0).normal(size=(11, 4)).astype(dtype)
    titles = pa.array([None, "é", "c", "d"])
    users = Vectors("user", {"id": pa.array(range(7))}, values[:7])
    return users, Vectors("item", {"id": pa.array(list("wxyz")), "title": titles}, values[7:])


@pytest.mark.parametrize("dtype", DTYPES)
def test_parquet(dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "ROWS", 3)
    sides = both(dtype)
    write_parquet(tmp_path, *sides)
    for side in sides:
        table = pq.read_table(tmp_path / f"{side.kind}s.parquet")
        assert table.column_names == [*side.columns, "vector"]
        assert all(table[name].to_pylist() == column.to_pylist() for name, column in side.columns.items())
        assert table.schema.field("vector").type == pa.list_(pa.from_numpy_dtype(dtype), 4)
        assert np.array_equal(np.array(table["vector"].to_pylist(), dtype=dtype), side.values)
    assert pq.ParquetFile(tmp_path / "users.parquet").num_row_groups == 3


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays(dtype: str, tmp_path: Path) -> None:
    sides = both(dtype)
    write_numpy(tmp_path, *sides)
    write_safetensors(tmp_path, *sides)
    tensors = load_file(tmp_path / "vectors.safetensors")
    for side in sides:
        array = np.load(tmp_path / f"{side.kind}_vectors.npy", allow_pickle=False)
        assert array.dtype == tensors[side.kind].dtype == np.dtype(dtype)
        assert np.array_equal(array, side.values)
        assert np.array_equal(tensors[side.kind], side.values)
        assert json.loads((tmp_path / f"{side.kind}_ids.json").read_text()) == side.columns["id"].to_pylist()


def test_ids_without_a_type_in_json_are_texts(tmp_path: Path) -> None:
    write_ids(tmp_path, Vectors("user", {"id": pa.array([date(2026, 1, 2)])}, np.ones((1, 1))))
    assert json.loads((tmp_path / "user_ids.json").read_text()) == ["2026-01-02"]
