"""Columns of Python's values as Arrow's, and back, with their types and to the last bit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from pygmmrec.bundles.values import decode, encode

PLAIN = (bool, float, str)
"""Types of which Arrow keeps each value as it is. NaN is not None there, either."""


class Column(NamedTuple):
    """Values as an Arrow array; where Arrow has no type for them, as JSON in texts.

    Shapes:
        array [N]
    """

    array: pa.Array
    is_json: bool


def to_column(values: Sequence[Any], name: str) -> Column:
    """A column of values, None where nothing is known.

    Values of one type that come back from Arrow as they were are kept by it: integers of 64 bits, numbers,
    texts, booleans, dates, and lists of these. Tuples, and values of several types, are JSON.

    Args:
        values: The values.
        name: What the column is called in errors.

    Raises:
        ValueError: If a value is something that neither has a word for.
    """
    if isinstance(values, range):
        return Column(pa.array(np.arange(values.start, values.stop, values.step)), False)
    kinds = set(map(type, values)) - {type(None)}
    try:
        array = pa.array(values)
        kept = (len(kinds) == 1 and kinds <= {*PLAIN, int}) or repr(array.to_pylist()) == repr(list(values))
    except (pa.ArrowException, UnicodeEncodeError, OverflowError, TypeError, ValueError):
        kept = False
    if kept:
        return Column(array, False)
    told = [None if value is None else json.dumps(encode(value, name)) for value in values]
    return Column(pa.array(told, type=pa.string()), True)


def from_column(column: Column) -> list[Any]:
    """The values that :func:`to_column` was given."""
    values: list[Any] = column.array.to_pylist()
    if not column.is_json:
        return values
    return [None if value is None else decode(json.loads(value)) for value in values]
