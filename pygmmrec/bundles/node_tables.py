"""Raw ids of nodes, and what is known of them besides, as a Parquet table with a row for each node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pygmmrec.bundles.columns import Column, from_column, to_column
from pygmmrec.data.ids import IdMap
from pygmmrec.data.node_info import NodeInfo
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing

ID = "id"
OWN = "info."
"""What stands before a column of :class:`~pygmmrec.data.NodeInfo` that is called ``id``, or begins so."""

ENCODING = {b"encoding": b"json"}
"""What a field says of a column whose texts are JSON."""


def save_nodes(path: Path, ids: IdMap | None, info: NodeInfo | None) -> None:
    """Write a table: column ``id``, and those of ``info`` under their names.

    Args:
        path: The file; it appears only once it is complete.
        ids: The raw ids, or ``None``.
        info: What else is known, or ``None``.

    Raises:
        ValueError: If a value cannot be stored; the message names the column.
    """
    columns = {} if ids is None else {ID: to_column(ids.ids, ID)}
    if info is not None:
        fits = ids is None or len(info) == len(ids) or not info.columns
        wanted = f"of {0 if ids is None else len(ids)} rows, as there are ids"
        check(fits, "info", wanted, "save_nodes", len(info), f"It would be {path.name}")
        columns |= {_stored(name): to_column(info[name], name) for name in info.columns}
    fields = [
        pa.field(name, column.array.type, metadata=ENCODING if column.is_json else None)
        for name, column in columns.items()
    ]
    arrays = [column.array for column in columns.values()]
    with replacing(path) as temporary:
        pq.write_table(
            pa.Table.from_arrays(arrays, schema=pa.schema(fields)), temporary, write_page_checksum=True
        )


def load_nodes(path: Path, where: str) -> tuple[IdMap | None, NodeInfo]:
    """What :func:`save_nodes` wrote: ids, ``None`` where the table has none, and the other columns.

    Raises:
        ValueError: If the file is missing or no Parquet file.
    """
    check(path.is_file(), "path", "an existing file", where, str(path))
    try:
        table = pq.read_table(path, partitioning=None, page_checksum_verification=True)
        table.validate(full=True)  # texts that are none
        columns = {field.name: _column(table, field) for field in table.schema}
        ids = _id_map(columns.pop(ID)) if ID in columns else None
        info = NodeInfo({_shown(name): from_column(column) for name, column in columns.items()})
    except Exception as error:  # whatever pyarrow, JSON and Python's decoders raise
        told = f"'path' needs to be a complete Parquet file in '{where}' (got {str(path)!r}: {error})"
        raise ValueError(told) from error
    return ids, info


def _column(table: pa.Table, field: pa.Field) -> Column:
    is_json = (field.metadata or {}).get(b"encoding") == ENCODING[b"encoding"]
    return Column(table.column(field.name).combine_chunks(), is_json)


def _id_map(column: Column) -> IdMap:
    """The map of ids that were checked when they were given, as reading a pickled one restores it."""
    state: dict[str, Any] = {}
    if not column.is_json and pa.types.is_int64(column.array.type):
        numbers = column.array.to_numpy()
        in_order = np.array_equal(numbers, np.arange(len(numbers)))
        state["ids"] = len(numbers) if in_order else numbers.tolist()
    else:
        state["ids"] = from_column(column)
    ids = IdMap.__new__(IdMap)
    ids.__setstate__(state)
    return ids


def _stored(name: str) -> str:
    return f"{OWN}{name}" if name == ID or name.startswith(OWN) else name


def _shown(name: str) -> str:
    return name.removeprefix(OWN)
