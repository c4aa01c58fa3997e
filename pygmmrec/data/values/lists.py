"""Columns of Arrow whose cells are lists of numbers, all of one length, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pygmmrec.data.values.column import few
from pygmmrec.data.values.floating import check_floating
from pygmmrec.utils.check import check


def depth_of(kind: Any) -> int:
    """How many lists are inside one another in a column of a type: none in a column of numbers."""
    nested = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return 1 + depth_of(kind.value_type) if nested else 0


def element_of(kind: Any) -> Any:
    """The type of what the innermost lists hold."""
    return element_of(kind.value_type) if depth_of(kind) > 0 else kind


def list_rows(column: Any, name: str, where: object) -> np.ndarray:
    """A column of floats as [N], of lists of F of them as [N, F], of lists of L such lists as [N, L, F].

    A row without a value or list is NaN.

    Args:
        column: An array of Arrow.
        name: What errors call it.
        where: Who asks, for errors.

    Raises:
        ValueError: If lists differ in length, one inside another is missing, or elements are no floats.
    """
    known = column.drop_null() if column.null_count > 0 else column
    shape = [len(known)]
    inner = known
    while depth_of(inner.type) > 0:
        lengths = pc.unique(pc.list_value_length(inner)).to_pylist()
        same = len(lengths) == 1 and lengths[0] is not None
        check(same or not lengths, name, "a column of lists of one length", where, few(lengths))
        shape.append(lengths[0] if lengths else 0)
        inner = inner.flatten()
    values = inner.to_numpy(zero_copy_only=False)
    check_floating(values.dtype, name, where)
    rows: np.ndarray = values.reshape(shape)
    if len(known) == len(column):
        return rows
    whole = np.full((len(column), *shape[1:]), np.nan, dtype=rows.dtype)
    whole[column.is_valid().to_numpy(zero_copy_only=False)] = rows
    return whole
