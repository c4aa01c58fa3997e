"""The ids of the rows of a feature file, in a Parquet file beside it."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pygmmrec.data.ids import IdMap, Ids, as_id_map
from pygmmrec.data.values.column import INT64_MAX, few
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing

COLUMN = "id"


def ids_path(features: str | PathLike[str]) -> Path:
    """Where the ids of a feature file lie: ``x/text_feat.ids.parquet`` for ``x/text_feat.npy``."""
    return Path(features).with_suffix(".ids.parquet")


def ids_column(ids: IdMap) -> pa.Array:
    """The ids as one column of Arrow, which keeps their type.

    Raises:
        ValueError: If they are of several types, or of one that a file cannot hold.
    """
    held = ids.ids
    if isinstance(held, range):
        return pa.array(np.arange(len(held), dtype=np.int64))
    kinds = sorted({type(raw).__name__ for raw in held})
    fits = kinds in (["int"], ["str"], ["float"], ["bytes"])
    remedy = "Convert them to strings."
    check(fits, "ids", "all integers or all texts, to be kept in a file", "ids_column", few(kinds), remedy)
    large = [raw for raw in held if isinstance(raw, int) and abs(raw) > INT64_MAX]
    check(not large, "ids", "integers of 64 bits, to be kept in a file", "ids_column", few(large), remedy)
    return pa.array(held)


def write_ids(ids: IdMap, features: str | PathLike[str]) -> None:
    """Keep the ids beside a feature file; the file appears only once it is complete.

    Raises:
        ValueError: If a file cannot hold them, see :func:`ids_column`.
    """
    table = pa.table({COLUMN: ids_column(ids)})
    with replacing(ids_path(features)) as temporary:
        pq.write_table(table, temporary, write_page_checksum=True)


def read_ids(features: str | PathLike[str]) -> IdMap | None:
    """The ids beside a feature file, of the types that were written; ``None`` where there is no such file.

    Raises:
        ValueError: If the file is damaged, has no column ``id``, or an id is not valid or there twice.
    """
    path = ids_path(features)
    if not path.is_file():
        return None
    try:
        column = pq.read_table(path, columns=[COLUMN], page_checksum_verification=True)[COLUMN]
        column.validate(full=True)  # texts that are none
    except Exception as error:  # pyarrow decodes names itself, which raises what Python does
        requirement = f"a complete Parquet file with the column {COLUMN!r}"
        message = f"'path' needs to be {requirement} in 'read_ids' (got {fspath(path)!r}: {error})"
        raise ValueError(message) from error
    whole = pa.types.is_integer(column.type) and column.null_count == 0
    return ids_of_file(column.to_numpy() if whole else column.to_pylist(), path)


def ids_of_file(ids: Ids, path: str | PathLike[str]) -> IdMap:
    """The map of ids that a file holds.

    Raises:
        ValueError: If one is not valid or there twice; the message names the file.
    """
    try:
        return as_id_map(ids)
    except ValueError as error:
        raise ValueError(str(error).replace("'ids'", f"'ids of {fspath(path)}'", 1)) from error
