"""What an id may be: the one rule for ids of files, frames, arrays and maps."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from pygmmrec.data.values.column import INT64_MAX, distinct, few, flat
from pygmmrec.utils.check import check

MISSING_WORDS = frozenset(
    ("nan", "-nan", "null", "none", "nat", "na", "n/a", "#n/a", "#na", "<na>", "nil", "undefined", "\\n")
)
"""Texts that other programs write where there is no value, in any case: what pandas reads so, and more."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
"""Control characters, a byte order mark, and halves of characters: never part of an id."""

INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u2060]")
"""White space, and characters without a width: fine in an id, never around it."""

WHOLE_FLOAT = re.compile(r"(-?[0-9]+)\.0*")
"""How a text says an integer as a float: ``1.0``."""

KINDS = {"b": "booleans", "c": "complex numbers", "M": "dates", "m": "durations", "V": "records"}
"""Letters of NumPy's kinds that are no ids."""


def as_ids(values: Any, arg: str, where: object) -> np.ndarray:
    """Flat ids, as int64 where they are integers and as Python objects where they are not.

    An id is what a table says, unchanged: ``7``, ``"7"`` and ``"007"`` are three ids. Whole floats are
    integers, as pandas makes floats of integers. What would join two ids, or tear one apart, is refused:

    - a missing id: None, NaN, NaT, masked, ``""``, and the words for it, such as ``nan``, ``NULL``, ``None``;
    - a text with white space or invisible characters around it, or with control characters, such as NUL;
    - ``"1.0"`` beside ``"1"`` in one column, or ``"1.00"``: one number, written in two ways;
    - floats from where their type skips integers, 2**53 for float64; integers of any size are fine;
    - booleans, since ``True == 1``, dates, complex numbers, and objects that compare by identity.

    Args:
        values: See :func:`~pygmmrec.data.values.column.flat`.
        arg: The argument's name, for errors.
        where: The object or function that asks, for errors.

    Raises:
        ValueError: If this is no column, or an id is not valid.
    """
    column = flat(values, arg, where)
    kind = column.dtype.kind
    remedy = "Give the ids that it selects." if kind == "b" else "Convert them to strings or integers."
    check(kind not in KINDS, arg, "ids", where, f"an array of {KINDS.get(kind)}", remedy)
    if kind == "f":
        return _from_floats(column, arg, where)
    if kind in "iu" and (column.dtype != np.uint64 or column.max(initial=0) <= INT64_MAX):
        return column.astype(np.int64, copy=False)
    return _from_objects(column.astype(object), arg, where)


def _from_floats(column: np.ndarray, arg: str, where: object) -> np.ndarray:
    finite = bool(np.isfinite(column).all())
    check(finite, arg, "free of missing ids", where, "NaN or infinity", "Drop those rows.")
    bits = min(np.finfo(column.dtype).nmant + 1, 53)
    large = column[np.abs(column) >= 2**bits]
    remedy = "Read the column as integers or strings: floats do not tell such ids apart."
    requirement = f"below 2**{bits} where ids are {column.dtype}"
    check(large.size == 0, arg, requirement, where, few(large.tolist()), remedy)
    if bool((column == np.floor(column)).all()):
        return column.astype(np.int64)
    return _objects([int(value) if value.is_integer() else value for value in column.tolist()])


def _from_objects(column: np.ndarray, arg: str, where: object) -> np.ndarray:
    """Every rule for ids that are Python objects; most look at each distinct id once."""
    kinds = set(map(type, column.tolist()))
    refused = [kind.__name__ for kind in kinds if issubclass(kind, (bool, complex))]
    remedy = "Convert them to strings or integers."
    check(not refused, arg, "ids", where, f"values of type {few(refused)}", remedy)
    found = distinct(column, arg, where)
    missing = [value for value in found if _is_missing(value)]
    check(not missing, arg, "free of missing ids", where, few(missing), "Drop those rows.")
    _check_texts([value for value in found if isinstance(value, str)], arg, where)
    if float in kinds:
        _from_floats(np.array([v for v in column.tolist() if type(v) is float]), arg, where)
        column = _objects([int(v) if type(v) is float and v.is_integer() else v for v in column.tolist()])
        found, kinds = list(dict.fromkeys(column.tolist())), set(map(type, column.tolist()))
    fits = bool(found) and kinds <= {int} and all(abs(value) <= INT64_MAX for value in found)
    return column.astype(np.int64) if fits else column


def _check_texts(texts: list[str], arg: str, where: object) -> None:
    words = [text for text in texts if len(text) < 10 and text.casefold() in MISSING_WORDS]
    remedy = "Drop those rows, or give these ids other names if they are some."
    check(not words, arg, "free of words that stand for a missing id", where, few(words), remedy)
    unclean = [
        text
        for text in texts
        if CONTROL.search(text) or INVISIBLE.match(text[:1]) or INVISIBLE.match(text[-1:])
    ]
    remedy = "Clean it, for example with frame[column].str.strip(), so that one id is not taken for two."
    requirement = "ids without white space around them and without control characters"
    check(not unclean, arg, requirement, where, few(unclean), remedy)
    present = set(texts)
    seen: dict[str, str] = {}
    twice: list[str] = []
    for text in texts:
        match = WHOLE_FLOAT.fullmatch(text)
        if match:
            other = match[1] if match[1] in present else seen.setdefault(match[1], text)
            twice += [] if other == text else [other, text]
    remedy = "Write each id in one way."
    check(not twice, arg, "ids of which no two are one number written in two ways", where, few(twice), remedy)


def _is_missing(value: Any) -> bool:
    try:
        if isinstance(value, tuple):
            return any(map(_is_missing, value))
        return value is None or value in ("", b"") or bool(value != value)
    except (TypeError, ValueError):  # pandas.NA compares to nothing
        return True


def _objects(values: list[Any]) -> np.ndarray:
    return np.fromiter(values, dtype=object, count=len(values))
