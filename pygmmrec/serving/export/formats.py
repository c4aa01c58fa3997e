"""Vectors as files: Parquet, NumPy, safetensors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save_file

from pygmmrec.serving.export.vectors import Vectors

ROWS = 2**16
"""Rows that are turned into Arrow at a time."""

Write = Callable[[Path, Vectors, Vectors], None]
"""Writes the vectors of users and items into a folder."""


def write_parquet(folder: Path, users: Vectors, items: Vectors) -> None:
    """``users.parquet`` and ``items.parquet``: ``id``, ``title`` where one is known, and ``vector``."""
    for side in (users, items):
        kind = pa.list_(pa.from_numpy_dtype(side.values.dtype), side.values.shape[1])
        fields = {name: column.type for name, column in side.columns.items()}
        schema = pa.schema({**fields, "vector": kind})
        with pq.ParquetWriter(folder / f"{side.kind}s.parquet", schema) as writer:
            for start in range(0, len(side.values), ROWS):
                columns = [column.slice(start, ROWS) for column in side.columns.values()]
                flat = pa.array(side.values[start : start + ROWS].reshape(-1))
                vectors = pa.FixedSizeListArray.from_arrays(flat, type=kind)
                writer.write_table(pa.Table.from_arrays([*columns, vectors], schema=schema))


def write_numpy(folder: Path, users: Vectors, items: Vectors) -> None:
    """``user_vectors.npy`` and ``item_vectors.npy``, with ``user_ids.json`` and ``item_ids.json``."""
    for side in (users, items):
        np.save(folder / f"{side.kind}_vectors.npy", side.values, allow_pickle=False)
        write_ids(folder, side)


def write_safetensors(folder: Path, users: Vectors, items: Vectors) -> None:
    """``vectors.safetensors`` with tensors ``user`` and ``item``, and ids as for NumPy."""
    save_file({side.kind: side.values for side in (users, items)}, folder / "vectors.safetensors")
    for side in (users, items):
        write_ids(folder, side)


def write_ids(folder: Path, side: Vectors) -> None:
    """``user_ids.json``: the raw ids as a list, in the order of rows. What JSON has no type for is text."""
    text = json.dumps(side.columns["id"].to_pylist(), ensure_ascii=False, default=str)
    (folder / f"{side.kind}_ids.json").write_text(f"{text}\n", encoding="utf-8")
