"""Columns of texts, from any library, as Arrow has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from pygmmrec.data.values.arrow import is_arrow
from pygmmrec.data.values.frames import check_same_index, frame_names
from pygmmrec.utils.check import check

ONLY = "text"
"""What a column is called that has no name."""

BETWEEN = ", "
"""What stands between the texts of a list."""


def text_columns(raw: Any, names: Iterable[str] | None = None) -> dict[str, pa.Array]:
    """Columns by name, as texts without missing values: those are ``""``.

    Args:
        raw: One column of texts: a list, an array, or a column of pandas, polars or pyarrow; or a frame or
            mapping of columns, which may hold numbers and lists of texts too.
        names: The columns to take of a frame (default: ``None``, all).

    Raises:
        ValueError: If a column holds something else, or the columns have different lengths or indices.
    """
    held = column_names(raw)
    if held is None:
        column = as_arrow(raw)
        remedy = "Make texts of it, or give a frame and a template."
        told = f"values of type {column.type}"
        check(_holds_texts(column), "raw", "a column of texts", "encode", told, remedy)
        return {ONLY: _as_text(column, "raw")}
    if isinstance(raw, Mapping):
        check_same_index({f"raw[{name!r}]": raw[name] for name in held}, "encode")
    keys = {str(key): key for key in held}
    taken = {name: keys[name] for name in (keys if names is None else names)}
    columns = {name: _as_text(as_arrow(raw[key]), f"raw[{name!r}]") for name, key in taken.items()}
    lengths = {name: len(column) for name, column in columns.items()}
    check(len(set(lengths.values())) == 1, "raw", "columns of one length", "encode", lengths)
    return columns


def is_text(raw: Any) -> bool:
    """Whether this is a frame, or a column of nothing but texts."""
    some = next((value for value in raw if value is not None), "") if isinstance(raw, list | tuple) else ""
    if not isinstance(some, str):  # before anything large is copied
        return False
    try:
        return column_names(raw) is not None or _holds_texts(as_arrow(raw))
    except ValueError:
        return False


def column_names(raw: Any) -> list[Any] | None:
    """The names of the columns of a frame or mapping; ``None`` where this is one column."""
    return None if getattr(raw, "ndim", 2) == 1 else frame_names(raw)


def as_arrow(values: Any, arg: str = "raw") -> pa.Array:
    """One column of Arrow; NaN among texts is missing.

    Raises:
        ValueError: If it is no column, or its values are of several types.
    """
    remedy = "Give a list, an array or a column of texts, or a frame of such columns."
    iterable = isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping, Set))
    check(iterable, arg, "a column of texts", "encode", type(values).__name__, remedy)
    series = nw.from_native(values, series_only=True, pass_through=True)
    try:
        if isinstance(series, nw.Series):
            column = series.to_arrow()
        elif is_arrow(values):
            column = values
        else:
            column = pa.array(values if hasattr(values, "__array__") else list(values), from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError) as error:  # also what is no text in UTF-8
        message = f"'{arg}' needs to be a column of texts in 'encode' (got {error}). {remedy}"
        raise ValueError(message) from error
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return column


def _holds_texts(column: pa.Array) -> bool:
    held = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return bool(pa.types.is_string(held) or pa.types.is_large_string(held) or pa.types.is_null(held))


def _as_text(column: pa.Array, arg: str) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            column = pc.binary_join(column, BETWEEN)
        return column.cast(pa.large_string()).fill_null("")
    except pa.ArrowException as error:
        requirement, remedy = "a column of texts, numbers or lists of texts", "Make texts of it."
        check(False, arg, requirement, "encode", f"values of type {column.type}", remedy)
        raise AssertionError from error
