"""The rules about the values of a table, column by column, for whatever reads one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pygmmrec.data.values.arrow import by_value, is_arrow
from pygmmrec.data.values.ids import as_ids
from pygmmrec.data.values.numbers import as_labels, as_ratings
from pygmmrec.data.values.times import as_times

RULES: dict[str, Callable[[Any, str, object], np.ndarray]] = {
    "user": as_ids,
    "item": as_ids,
    "label": as_labels,
    "rating": as_ratings,
    "timestamp": as_times,
}
"""Column -> what makes clean values of it, or says what is wrong."""


def clean(column: str, values: Any, arg: str, where: object) -> np.ndarray:
    """The clean values of one column.

    Args:
        column: ``user``, ``item``, ``label``, ``rating`` or ``timestamp``.
        values: Any source of one column, see :func:`~pygmmrec.data.values.column.flat`.
        arg: What errors call the column.
        where: The object or function that asks, for errors.

    Raises:
        ValueError: If a value is not valid; the rules stand at :func:`as_ids`, :func:`as_labels`,
            :func:`as_ratings` and :func:`as_times`.
    """
    if is_arrow(values):
        return by_value(RULES[column], values, arg, where, number=column not in ("user", "item"))
    return RULES[column](values, arg, where)
