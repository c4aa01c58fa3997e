"""What a number, a rating and a split label may be, wherever they come from."""

from __future__ import annotations

import re
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from pygmmrec.data.values.column import INT64_MAX, few, flat
from pygmmrec.utils.check import check

LABELS = {"train": 0, "valid": 1, "test": 2}
"""Split labels: what the column ``x_label`` of a published split holds."""

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""A number as text. Python's own ``float`` takes more: ``1_0``, digits of other scripts, ``nan``."""

ZERO = re.compile(r"[+-]?[0.]+([eE].*)?")
"""Zero as text; another text that becomes 0.0 is nearer to it than any float is."""

INTEGER = re.compile(r"[+-]?[0-9]+")


def as_numbers(values: Any, arg: str, where: object) -> np.ndarray:
    """Flat finite numbers, as int64 where they are integers and as float64 where they are not.

    Raises:
        ValueError: If a value is missing or not a finite number.
    """
    column = flat(values, arg, where)
    if column.dtype.kind in "OU":
        column = _parsed(column.tolist(), arg, where)
    check(column.dtype.kind in "biuf", arg, "a column of numbers", where, f"values of type {column.dtype}")
    if column.dtype.kind in "bi" or (column.dtype.kind == "u" and column.max(initial=0) <= INT64_MAX):
        return column.astype(np.int64, copy=False)
    column = column.astype(np.float64, copy=False)
    wrong = np.flatnonzero(~np.isfinite(column)).tolist()
    check(
        not wrong,
        arg,
        "finite in each row",
        where,
        f"NaN or infinity in rows {few(wrong)}",
        "Drop those rows.",
    )
    whole = bool((column == np.floor(column)).all()) and bool((np.abs(column) < 2**53).all())
    return column.astype(np.int64 if whole else np.float64)


def as_ratings(values: Any, arg: str, where: object) -> np.ndarray:
    """Flat ratings, float32.

    Raises:
        ValueError: If a value is missing, not a number that is finite in float32, or so near to zero that
            float32 makes it zero, which would say that there was no interaction.
    """
    column = as_numbers(values, arg, where)
    wrong = np.flatnonzero(np.abs(column) > np.finfo(np.float32).max)
    check(wrong.size == 0, arg, "finite in float32", where, few(column[wrong].tolist()), "Scale the column.")
    ratings = column.astype(np.float32)
    lost = np.flatnonzero((ratings == 0) & (column != 0))
    requirement = "zero, or far enough from it for float32"
    check(lost.size == 0, arg, requirement, where, few(column[lost].tolist()), "Scale the column.")
    return ratings


def as_labels(values: Any, arg: str, where: object) -> np.ndarray:
    """Flat split labels, int64.

    Raises:
        ValueError: If a value is not 0, 1 or 2.
    """
    column = as_numbers(values, arg, where)
    unknown = np.setdiff1d(column, list(LABELS.values())).tolist()
    remedy = "A column of something else is no split: name it, or leave it out, with Columns(label=...)."
    check(not unknown, arg, "0 (train), 1 (valid) or 2 (test) in each row", where, few(unknown), remedy)
    return column.astype(np.int64)


def _parsed(values: list[Any], arg: str, where: object) -> np.ndarray:
    """Python's numbers, and texts that are numbers, as int64 where all are integers, else as float64."""
    try:
        known = {value: _number(value) for value in dict.fromkeys(values)}
    except TypeError:  # of values that cannot be hashed none is a number
        known = {}
    wrong = [value for value in known if known[value] is None] if known else values
    remedy = "Drop the rows without a number, or leave the column out."
    check(not wrong, arg, "a column of numbers", where, few(wrong), remedy)
    numbers = [known[value] for value in values]
    if all(type(number) is int and abs(number) <= INT64_MAX for number in known.values()):
        return np.array(numbers, dtype=np.int64)
    return np.array([_as_float(number) for number in numbers], dtype=np.float64)


def _number(value: Any) -> int | float | None:
    if isinstance(value, str):
        text = value.strip(" ")
        if INTEGER.fullmatch(text) and len(text) < 20:
            return int(text)
        fine = NUMBER.fullmatch(text) and (float(text) != 0 or ZERO.fullmatch(text))
        return float(text) if fine else None
    if isinstance(value, (bool, int)):
        return int(value)
    if not isinstance(value, (Real, Decimal)):
        return None
    number = _as_float(value)
    return None if number == 0 and value != 0 else number


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except (OverflowError, ValueError):  # an integer beyond all floats, or a signalling NaN
        return np.nan
