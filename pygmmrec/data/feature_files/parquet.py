"""Reads features from a Parquet file: a column of lists, or a column for each dimension; and ids."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from pygmmrec.data.columns import OTHERS, plain_name
from pygmmrec.data.feature_files.contents import IDS, WHERE, Contents, check_is_file, damaged
from pygmmrec.data.values.column import few
from pygmmrec.data.values.lists import depth_of, element_of, list_rows
from pygmmrec.data.values.table import clean
from pygmmrec.utils.check import check

REMEDY = "Save it again with polars, pandas or pyarrow."

ID_NAMES = (*OTHERS["item"], "id", IDS, "rawid", "indexlevel0")
"""Names of the column of ids, in small letters without signs; the last is what pandas calls an index."""


def read_parquet(path: str | PathLike[str], name: str) -> Contents:
    """The matrix of a file and the ids of its rows.

    The matrix is the one column of lists, of lists of lists where these are of tokens, or the columns of
    floats side by side. A row without a list is one of NaN: its item lacks the modality. The ids are the one
    other column, of integers or texts, or that of several with a usual name, such as ``item_id`` or ``asin``.

    Args:
        path: A Parquet file.
        name: What errors about the matrix call it.

    Raises:
        ValueError: If the file is missing or damaged, there is no such column or there are several, lists
            differ in length, or their elements are no floats.
    """
    check_is_file(path, ".parquet")
    try:
        file = parquet.ParquetFile(path, page_checksum_verification=True)
        types = {field.name: field.type for field in file.schema_arrow}
    except Exception as error:  # pyarrow decodes names itself, which raises what Python does
        raise damaged(path, ".parquet", error, REMEDY) from error
    wanted = _columns_of_values(types, path)
    id_name = _column_of_ids(types, wanted, path)
    try:
        values = _read_values(file, wanted, types, name)
        ids = None if id_name is None else file.read(columns=[id_name])[id_name]
        if ids is not None:
            ids.validate(full=True)  # texts that are none
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, ".parquet", error, REMEDY) from error
    return Contents(
        values, None if ids is None else clean("item", ids, f"{id_name} of {fspath(path)}", WHERE)
    )


def _columns_of_values(types: dict[str, Any], path: str | PathLike[str]) -> list[str]:
    """The one column of lists, else all columns of floats."""
    lists = [name for name, kind in types.items() if depth_of(kind) > 0]
    floats = [name for name, kind in types.items() if pa.types.is_floating(kind)]
    requirement = "a Parquet file with one column of lists, or with a column of floats for each dimension"
    fine = len(lists) == 1 or (not lists and floats)
    value = f"{few(lists or types)} in {fspath(path)!r}"
    check(bool(fine), "path", requirement, WHERE, value, "Save each modality to a file of its own.")
    return lists or floats


def _column_of_ids(types: dict[str, Any], wanted: list[str], path: str | PathLike[str]) -> str | None:
    others = [
        name
        for name, kind in types.items()
        if name not in wanted and not pa.types.is_floating(kind) and depth_of(kind) == 0
    ]
    named = [name for name in others if plain_name(name) in ID_NAMES]
    found = others if len(others) < 2 else named
    value = f"{few(others)} in {fspath(path)!r}"
    remedy = "Leave the others out, or call the one with the ids 'item_id'."
    requirement = "a Parquet file with one column that could hold the ids of its rows"
    check(len(found) == 1 or not others, "path", requirement, WHERE, value, remedy)
    return found[0] if found else None


def _read_values(file: Any, wanted: list[str], types: dict[str, Any], name: str) -> np.ndarray:
    """The matrix [N, F], filled batch by batch."""
    elements = [element_of(types[column]) for column in wanted]
    dtype = np.float16 if all(pa.types.is_float16(kind) for kind in elements) else np.float32
    values, start = np.empty(0, dtype=dtype), 0
    for batch in file.iter_batches(columns=wanted):
        columns = [list_rows(batch.column(column), f"{name}[{column!r}]", WHERE) for column in wanted]
        shape = columns[0].shape[1:] if len(wanted) == 1 and columns[0].ndim > 1 else (len(wanted),)
        if start == 0:
            values = np.empty((file.metadata.num_rows, *shape), dtype=dtype)
        lengths = f"lists of one length, {list(values.shape[1:])} in each row"
        check(shape == values.shape[1:], name, lengths, WHERE, list(shape))
        rows = values[start : start + len(batch)]
        with np.errstate(over="ignore"):  # an error with its row, later
            if columns[0].ndim > 1:
                rows[:] = columns[0]
            else:
                for place, column in enumerate(columns):
                    rows[:, place] = column
        start += len(batch)
    return values
