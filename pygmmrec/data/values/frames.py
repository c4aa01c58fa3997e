"""Frames of pandas, polars and pyarrow: the names of their columns, and the index of pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check


def as_frame(source: Any, where: object) -> Any:
    """The frame itself, or a table of pyarrow made of what speaks Arrow's interface only, such as a stream.

    Raises:
        ValueError: If that needs pyarrow, which is not installed, or the frame is not in memory yet.
    """
    lazy = hasattr(source, "collect") and not hasattr(source, "__len__")
    remedy = "Collect it first, as .collect() of polars does."
    check(not lazy, "interactions", "a frame in memory", where, type(source).__name__, remedy)
    if frame_names(source) is not None or not hasattr(source, "__arrow_c_stream__"):
        return source
    try:
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        remedy = "Install pyarrow, or give a frame of pandas or polars."
        check(False, "interactions", "a frame", where, type(source).__name__, remedy)
    return pyarrow.table(source)


def frame_names(source: Any) -> list[Any] | None:
    """The names of the columns of a frame or a mapping; None where it is neither."""
    if not hasattr(source, "__getitem__"):
        return None
    if isinstance(source, Mapping):
        return list(source)
    for attribute in ("column_names", "columns"):  # pyarrow; pandas and polars
        names = getattr(source, attribute, None)
        if names is not None and not callable(names):
            return list(names)
    return list(source.keys()) if callable(getattr(source, "keys", None)) else None


def index_of(source: Any) -> Any:
    """The index of a frame or column of pandas, else None."""
    index = getattr(source, "index", None)
    return index if hasattr(index, "equals") and hasattr(index, "get_indexer") else None


def row_names(source: Any) -> Any:
    """The index of a frame of pandas where it says more than that rows are numbered in order, else None."""
    index = index_of(source)
    return None if index is None or (numbers_rows(index) and index.is_monotonic_increasing) else index


def numbers_rows(index: Any) -> bool:
    """Whether an index of pandas holds the numbers of the rows, in any order."""
    return index.dtype.kind in "iu" and bool(np.array_equal(np.sort(index), np.arange(len(index))))


def check_same_index(columns: Mapping[str, Any], where: object) -> None:
    """Columns of pandas that go together have one index; rows are matched by their position.

    Raises:
        ValueError: If two have another.
    """
    indices = {
        name: index for name, index in ((n, index_of(v)) for n, v in columns.items()) if index is not None
    }
    for first, name in zip(list(indices)[:1] * len(indices), indices, strict=True):
        one, other = indices[first], indices[name]
        fine = len(one) != len(other) or one.equals(other)
        remedy = "Take the columns from one frame, or give .to_numpy() of each where their order is right."
        value = f"{few(other)}, and {few(one)} there"
        check(fine, name, f"of the same index as {first!r}", where, value, remedy)
