"""One column of a table: any source of values -> a flat numpy array, or a clear error."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping, Set
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse
from torch import Tensor

from pygmmrec.utils.check import check

INT64_MAX = 2**63 - 1

_SHOWN = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxother = _SHOWN.maxlong = 80


class Few(list[Any]):
    """The beginning of a long list; its repr says ``...`` where there is more, and cuts long values."""

    more = False

    def __repr__(self) -> str:
        shown = [_SHOWN.repr(value) for value in self]
        return f"[{', '.join([*shown, '...'] if self.more else shown)}]"


def few(values: Iterable[Any], count: int = 5) -> Few:
    """The first few of ``values``, for a message."""
    head = list(islice(values, count + 1))
    found = Few(head[:count])
    found.more = len(head) > count
    return found


def flat(values: Any, arg: str, where: object) -> np.ndarray:
    """Any source of one column -> a flat array, without ever joining values of two types into one.

    Args:
        values: An array, a tensor, a column of pandas, polars or pyarrow, or an ordered iterable. Integers of
            Python are int64 where they fit, floats are float64, and everything else stays an object.
        arg: The argument's name, for errors.
        where: The object or function that asks, for errors.

    Raises:
        ValueError: If this is no column, is sparse or has several columns, or has no order.
    """
    if isinstance(values, range):
        return np.arange(values.start, values.stop, values.step, dtype=np.int64)
    array = _array(values, arg, where)
    size = array.size
    fine = array.ndim > 0 and max(array.shape) in (size, 0)
    check(fine, arg, "one column", where, f"an array of shape {list(array.shape)}")
    array = array.reshape(-1)
    return _objects(array.tolist()) if array.dtype.kind in "OT" else array


def _array(values: Any, arg: str, where: object) -> np.ndarray:
    sparse = issparse(values) or (isinstance(values, Tensor) and values.layout != torch.strided)
    check(
        not sparse,
        arg,
        "dense",
        where,
        type(values).__name__,
        "Make it dense with .toarray() or .to_dense().",
    )
    if isinstance(values, Tensor):
        return _numpy(values, arg, where)
    if isinstance(values, np.ma.MaskedArray):
        hidden = int(np.ma.getmaskarray(values).sum())
        check(hidden == 0, arg, "free of masked values", where, f"{hidden} masked values", "Drop those rows.")
        return np.asarray(values.data)
    if getattr(getattr(values, "dtype", None), "tz", None) is not None:  # of pandas; in UTC from here on
        values = (values.dt if hasattr(values, "dt") else values).tz_convert(None)
    if hasattr(values, "__array__"):
        return np.asarray(values)
    unordered = isinstance(values, Set) and not isinstance(values, type({}.keys()))
    check(not unordered, arg, "in some order", where, type(values).__name__, "Make a sorted list of it.")
    iterable = hasattr(values, "__iter__") and not isinstance(values, (str, bytes, Mapping))
    check(iterable, arg, "a list, array, tensor or pandas column", where, values)
    return _objects(list(values))


def _numpy(values: Tensor, arg: str, where: object) -> np.ndarray:
    with suppress(TypeError, RuntimeError):  # bfloat16, meta, quantised
        return np.asarray(values.detach().cpu().numpy())
    check(False, arg, "a tensor that NumPy can hold", where, f"{values.dtype} on {values.device}")
    raise AssertionError


def _objects(values: list[Any]) -> np.ndarray:
    """A list as an array: int64, float64 or dates where all are, else objects, with scalars of Python."""
    kinds = set(map(type, values))
    if kinds and all(issubclass(kind, np.datetime64) for kind in kinds):
        return np.array(values)
    if any(issubclass(kind, (np.generic, np.ndarray, Tensor)) for kind in kinds):
        values = [_scalar(value) for value in values]
        kinds = set(map(type, values))
    if kinds == {float}:
        return np.array(values)
    if kinds == {int}:
        with suppress(OverflowError):
            return np.array(values, dtype=np.int64)
    return np.fromiter(values, dtype=object, count=len(values))


def _scalar(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value if isinstance(value, (np.datetime64, np.timedelta64)) else value.item()
    if isinstance(value, (np.ndarray, Tensor)) and value.ndim == 0:
        return value.item()
    return value


def distinct(column: np.ndarray, arg: str, where: object) -> list[Any]:
    """The distinct values of a column of objects, in the order of their first rows.

    Raises:
        ValueError: If a value cannot be hashed, or is told from others by its identity only.
    """
    values = column.tolist()
    kinds = dict.fromkeys(map(type, values))
    identity: Any = object.__hash__
    by_identity = [kind.__name__ for kind in kinds if kind.__hash__ is identity and kind is not type(None)]
    remedy = "Use strings, integers or tuples."
    check(not by_identity, arg, "ids that compare by value", where, few(by_identity), remedy)
    try:
        return list(dict.fromkeys(values))
    except TypeError:
        names = few(kind.__name__ for kind in kinds)
        check(False, arg, "ids that can be hashed", where, names, remedy)
        raise


def factorize(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct ids, sorted where they can be, and the position of each row's id among them."""
    if column.dtype == np.int64:
        return _factorize_integers(column)
    found = list(dict.fromkeys(column.tolist()))
    with suppress(TypeError):  # ids of types that do not compare stay in the order of their first row
        found = sorted(found)
    position = {raw: code for code, raw in enumerate(found)}
    codes = np.fromiter((position[raw] for raw in column.tolist()), dtype=np.int64, count=len(column))
    return np.fromiter(found, dtype=object, count=len(found)), codes


def _factorize_integers(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By a table of all numbers from least to largest, where these are not many more than the rows."""
    low, high = (int(column.min()), int(column.max())) if len(column) > 0 else (0, 0)
    if high - low > 4 * len(column) + 1024:
        ids, codes = np.unique(column, return_inverse=True)
        return ids, codes.reshape(-1)
    present = np.zeros(high - low + 1, dtype=bool)
    present[column - low] = True
    return np.flatnonzero(present) + low, (np.cumsum(present) - 1)[column - low]


def find_integers(ids: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Where each number of a column stands among distinct ids, [n] int64; -1 where it does not."""
    order = np.argsort(ids, kind="stable")
    if len(ids) == 0:
        return np.full(len(column), -1, dtype=np.int64)
    place = np.searchsorted(ids, column, sorter=order).clip(max=len(ids) - 1)
    found = order[place]
    return np.where(ids[found] == column, found, -1)
