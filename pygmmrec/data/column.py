"""One column of a table: any source of values -> a flat numpy array of few known types."""

from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
from torch import Tensor

from pygmmrec.utils.check import check

INT64_MAX = 2**63 - 1


class _More:
    """Stands for the rest of a list, in a message."""

    def __repr__(self) -> str:
        return "..."


def few(values: Iterable[Any], count: int = 5) -> list[Any]:
    """The first few of ``values``, for a message; an ellipsis stands for the rest."""
    head = list(islice(values, count + 1))
    return head if len(head) <= count else [*head[:count], _More()]


def as_column(values: Any, arg: str, where: object) -> np.ndarray:
    """Flat ids, as int64 where they are integers and as Python objects where they are not.

    Args:
        values: An array, tensor, pandas column or any iterable of hashable ids.
        arg: The argument's name, for errors.
        where: The object or function that asks, for errors.

    Raises:
        ValueError: If this is no column, or an id is missing (None, NaN, "") or not hashable.
    """
    column = _flat(values, arg, where)
    check(column.dtype.kind != "b", arg, "ids", where, "a boolean mask", "Give the ids that it selects.")
    if column.dtype.kind == "f":
        check(bool(np.isfinite(column).all()), arg, "free of missing ids", where, "NaN", "Drop those rows.")
        whole = bool((column == np.floor(column)).all())
        return column.astype(np.int64 if whole else object)
    if column.dtype.kind in "iu" and (column.dtype != np.uint64 or column.max(initial=0) <= INT64_MAX):
        return column.astype(np.int64)
    column = column.astype(object)
    distinct = _distinct(column, arg, where)
    missing = [value for value in distinct if _is_missing(value)]
    check(not missing, arg, "free of missing ids", where, few(missing), "Drop those rows.")
    whole = bool(distinct) and all(type(raw) is int and abs(raw) <= INT64_MAX for raw in distinct)
    return column.astype(np.int64) if whole else column


def as_numbers(values: Any, arg: str, where: object) -> np.ndarray:
    """Flat finite numbers, as int64 where they are integers and as float64 where they are not.

    Raises:
        ValueError: If a value is not a finite number.
    """
    column = _flat(values, arg, where)
    if column.dtype.kind == "M":
        column = column.astype("datetime64[s]").astype(np.int64)
    if column.dtype.kind in "OU":
        wrong = [value for value in column.tolist() if not _is_number(value)]
        check(not wrong, arg, "a column of numbers", where, few(wrong))
        column = column.astype(np.float64)
    check(column.dtype.kind in "biuf", arg, "a column of numbers", where, column.dtype)
    if column.dtype.kind != "f":
        return column.astype(np.int64)
    wrong = np.flatnonzero(~np.isfinite(column)).tolist()
    check(not wrong, arg, "finite in each row", where, f"NaN or infinity in rows {few(wrong)}")
    whole = bool((column == np.floor(column)).all()) and bool((np.abs(column) < 2**53).all())
    return column.astype(np.int64 if whole else np.float64)


def factorize(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct ids, sorted where they can be, and the position of each row's id among them."""
    if column.dtype == np.int64:
        ids, codes = np.unique(column, return_inverse=True)
        return ids, codes.reshape(-1)
    distinct = list(dict.fromkeys(column.tolist()))
    with suppress(TypeError):  # ids of types that do not compare stay in the order of their first row
        distinct = sorted(distinct)
    position = {raw: code for code, raw in enumerate(distinct)}
    codes = np.fromiter((position[raw] for raw in column.tolist()), dtype=np.int64, count=len(column))
    return np.fromiter(distinct, dtype=object, count=len(distinct)), codes


def _flat(values: Any, arg: str, where: object) -> np.ndarray:
    """Any source of one column -> a flat array, without ever joining ids of two types into one."""
    if isinstance(values, Tensor):
        return np.asarray(values.detach().cpu().numpy()).reshape(-1)
    if isinstance(values, range):
        return np.arange(values.start, values.stop, values.step, dtype=np.int64)
    if isinstance(values, np.ndarray) or hasattr(values, "to_numpy"):
        return np.asarray(values if isinstance(values, np.ndarray) else values.to_numpy()).reshape(-1)
    iterable = hasattr(values, "__iter__") and not isinstance(values, (str, bytes, dict))
    check(iterable, arg, "a list, array, tensor or pandas column", where, values)
    listed = [value.item() if isinstance(value, np.generic) else value for value in values]
    if listed and {type(value) for value in listed} <= {int, float}:
        return np.asarray(listed)
    return np.fromiter(listed, dtype=object, count=len(listed))


def _distinct(column: np.ndarray, arg: str, where: object) -> set[Any]:
    distinct: set[Any] = set()
    try:
        distinct.update(column.tolist())
    except TypeError:
        kinds = few(dict.fromkeys(type(value).__name__ for value in column.tolist()))
        check(False, arg, "ids that can be hashed", where, kinds, "Use strings, integers or tuples.")
    return distinct


def _is_missing(value: Any) -> bool:
    try:
        return value is None or value == "" or bool(value != value)
    except (TypeError, ValueError):  # pandas.NA compares to nothing
        return True


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
