"""Frames of any library, by narwhals: the names of their columns, and the index of pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from narwhals.exceptions import DuplicateError

from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check


def as_frame(source: Any, where: object) -> Any:
    """The frame itself, or a table of pyarrow made of what speaks Arrow's interface only, such as a stream.

    Raises:
        ValueError: If the frame is not in memory yet, or has two columns of one name.
    """
    try:
        frame = nw.from_native(source, pass_through=True)
    except DuplicateError as error:
        remedy = "Rename or drop one of them."
        check(False, "interactions", "a frame of columns of different names", where, str(error), remedy)
    remedy = "Collect it first, as .collect() of polars does."
    lazy = isinstance(frame, nw.LazyFrame)
    check(not lazy, "interactions", "a frame in memory", where, type(source).__name__, remedy)
    arrow = not isinstance(frame, nw.DataFrame) and hasattr(source, "__arrow_c_stream__")
    return pa.table(source) if arrow else source


def frame_names(source: Any) -> list[Any] | None:
    """The names of the columns of a frame or a mapping; None where it is neither."""
    if isinstance(source, Mapping):
        return list(source)
    frame = nw.from_native(source, pass_through=True)
    return frame.columns if isinstance(frame, nw.DataFrame) else None


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
