"""Python's values as JSON, and back, with their types and to the last bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pygmmrec.utils.check import check

TAG = "$"
"""How the only key of an object starts that stands for something else than a dictionary."""

WHERE = "bundle"


def nothing_else(value: Any, name: str) -> Any:
    """Refuse a value that JSON has no word for, by its name and type.

    Raises:
        ValueError: Always.
    """
    kind = type(value)
    remedy = "Store numbers, texts, lists, tuples and dictionaries of them, or tensors where a graph has them"
    check(False, name, "of a type that a file can hold", WHERE, f"{kind.__module__}.{kind.__name__}", remedy)


def encode(value: Any, name: str, other: Callable[[Any, str], Any] = nothing_else) -> Any:
    """A value as JSON says it.

    ``None``, booleans, integers, texts, finite numbers, lists, and dictionaries whose keys are texts, stand
    for themselves. A tuple is ``{"$tuple": [...]}``, a number that is not finite ``{"$float": "nan"}``,
    another dictionary ``{"$dict": [[key, value], ...]}``. NumPy's scalars become Python's own.

    Args:
        value: The value.
        name: What it is called in errors.
        other: Says what stands for a value of any other type, given it and its name. (default: an error)

    Raises:
        ValueError: If there is something else in it.
    """
    if isinstance(value, np.generic):
        value = value.item()
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {f"{TAG}float": repr(value)}
    if kind in (list, tuple):
        parts = [encode(inner, f"{name}[{place}]", other) for place, inner in enumerate(value)]
        return parts if kind is list else {f"{TAG}tuple": parts}
    if kind is not dict:
        return other(value, name)
    if all(type(key) is str and not key.startswith(TAG) for key in value):
        return {key: encode(inner, f"{name}[{key!r}]", other) for key, inner in value.items()}
    pairs = [
        [encode(key, f"a key of {name}"), encode(inner, f"{name}[{key!r}]", other)]
        for key, inner in value.items()
    ]
    return {f"{TAG}dict": pairs}


def unknown(tag: str, content: Any) -> Any:
    """Refuse a tag that nobody here writes.

    Raises:
        ValueError: Always.
    """
    check(False, "path", "of a known format", WHERE, f"{tag!r}: {content!r}"[:80])


def decode(value: Any, other: Callable[[str, Any], Any] = unknown) -> Any:
    """What :func:`encode` was given.

    Args:
        value: What it gave.
        other: Says what a tag stands for that is none of its own, given the tag and its content.
            (default: an error)

    Raises:
        ValueError: If something is not of this form.
    """
    if isinstance(value, list):
        return [decode(inner, other) for inner in value]
    if not isinstance(value, dict):
        return value
    tag = next(iter(value), "")
    if not tag.startswith(TAG):
        return {key: decode(inner, other) for key, inner in value.items()}
    content = value[tag]
    if tag == f"{TAG}float":
        return float(content)
    if tag == f"{TAG}tuple":
        return tuple(decode(content, other))
    if tag == f"{TAG}dict":
        return {decode(key, other): decode(inner, other) for key, inner in content}
    return other(tag, content)
