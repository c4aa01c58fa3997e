"""Columns of Arrow: rules that look at values look at each distinct one once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LARGEST = 18
"""The largest power of ten among integers of 64 bits."""

SAMPLE = 10_000
"""Cells by which a column is known."""


def is_arrow(values: Any) -> bool:
    """Whether this is a column of Arrow."""
    return isinstance(values, pa.Array | pa.ChunkedArray)


def by_value(
    rule: Callable[[Any, str, object], np.ndarray], column: Any, arg: str, where: object, *, number: bool
) -> np.ndarray:
    """What a rule makes of a column, at the cost of its distinct values.

    Args:
        rule: Looks at each value by itself, whatever its place, and at which values there are.
        column: A column of Arrow.
        arg: What errors call it.
        where: Who asks, for errors.
        number: Whether a text such as ``1.50`` is the number that it says.
    """
    column = joined(column)
    found = integers(column) if number else None
    if found is None and number and not _repeats(column):
        found = floats(column)
    if found is not None:
        return rule(found, arg, where)
    if not pa.types.is_dictionary(column.type):
        if not _is_text(column.type):
            return rule(_to_numpy(column), arg, where)
        column = column.dictionary_encode(null_encoding="encode")
    elif column.null_count > 0:
        column = column.dictionary_decode().dictionary_encode(null_encoding="encode")
    codes = column.indices.to_numpy(zero_copy_only=False)
    distinct = rule(column.dictionary.to_pylist(), arg, where)
    expanded: np.ndarray = distinct[codes]
    return expanded


def joined(column: Any) -> pa.Array:
    """A column of Arrow in one piece."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(column, pa.ChunkedArray):  # of no chunk, or too large for one
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return column


def _repeats(column: pa.Array) -> bool:
    """Whether a column has few distinct values, as ratings have, by its first ones."""
    first = column.slice(0, SAMPLE)
    return _is_text(column.type) and len(first.unique()) * 20 < len(first)


def integers(column: pa.Array) -> np.ndarray | None:
    """The numbers of a column of texts that are all integers as everybody writes them, else ``None``.

    ``007``, ``+1``, ``1_0`` and what 63 bits cannot hold are texts. Every byte is a digit or a sign,
    Arrow can parse each cell, and the cells are together as long as the numbers are when written: so none
    has a leading zero.
    """
    if not _is_text(column.type) or column.null_count > 0 or len(column) == 0:
        return None
    content = cell_bytes(column)
    if content.size == 0 or content.max() > ord("9") or content.min() < ord("-") or ord(".") in content:
        return None
    try:
        numbers = column.cast(pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return numbers if written_size(numbers) == content.size else None


def written_size(numbers: np.ndarray) -> int:
    """Bytes of integers [n] as everybody writes them: digits without leading zeros, and a sign below zero."""
    size = np.abs(numbers)
    if size.min(initial=0) < 0:  # the least number has no absolute value
        return -1
    written = len(numbers) + int(np.count_nonzero(numbers < 0))
    for power in range(1, LARGEST + 1):
        more = int(np.count_nonzero(size >= 10**power))
        written += more
        if more == 0:
            break
    return written


def cell_bytes(column: pa.Array) -> np.ndarray:
    """All bytes of the cells, one after the other."""
    offset = np.int64 if pa.types.is_large_string(column.type) else np.int32
    bounds = np.frombuffer(column.buffers()[1], dtype=offset)[column.offset : column.offset + len(column) + 1]
    held = column.buffers()[2]
    content = np.frombuffer(b"" if held is None else held, dtype=np.uint8)
    return content[bounds[0] : bounds[-1]]


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _to_numpy(column: pa.Array) -> Any:
    """Numbers and dates of NumPy; anything with missing values, and everything else, as Python's objects."""
    if column.null_count == 0 and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return column.to_numpy(zero_copy_only=False)
    return column.to_numpy(zero_copy_only=False) if pa.types.is_timestamp(column.type) else column.to_pylist()


def floats(column: pa.Array) -> np.ndarray | None:
    """The numbers of a column of texts that are all plain decimals, else ``None``."""
    if not _is_text(column.type) or column.null_count > 0 or len(column) == 0:
        return None
    content = cell_bytes(column)
    if content.size == 0 or content.max() > ord("9") or content.min() < ord("-") or ord("/") in content:
        return None
    try:
        return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        return None
