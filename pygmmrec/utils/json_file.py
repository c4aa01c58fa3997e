"""Reads a ``.json`` file that may be damaged."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import MISSING, Field, fields
from os import PathLike, fspath
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from pygmmrec.utils.check import check

SHOWN = 5
"""Keys that an error names."""


def read_fields(path: str | PathLike[str], cls: type[Any], where: str, remedy: str) -> dict[str, Any]:
    """The values for the fields of a dataclass, from a file that holds them under their names.

    Args:
        path: The file, see :func:`read_json`.
        cls: The class. Fields that have defaults may be missing; where it says ``float``, null stands for a
            number that was not finite.
        where: Who asks, for errors.
        remedy: How to get the file again, for errors.

    Raises:
        ValueError: If the file cannot be read, lacks a key or has one more, or a value is of another type.
    """
    return check_fields(read_json(path, where, remedy), cls, fspath(path), where, remedy)


def check_fields(
    values: dict[str, Any], cls: type[Any], shown: str, where: str, remedy: str
) -> dict[str, Any]:
    """The same values, once they are known to be for the fields of a dataclass, see :func:`read_fields`.

    Args:
        values: What a file holds.
        cls: The class.
        shown: The path of the file.
        where: Who asks, for errors.
        remedy: How to get the file again, for errors.

    Raises:
        ValueError: If a key is missing or there is one more, or a value is of another type.
    """
    kinds = get_type_hints(cls)
    missing = [each.name for each in fields(cls) if each.name not in values and _is_needed(each)][:SHOWN]
    unknown = [name for name in values if name not in kinds][:SHOWN]
    check(not missing, "path", f"a file with the keys {missing}", where, shown, remedy)
    requirement = f"a file with no keys but {list(kinds)}"
    check(not unknown, "path", requirement, where, f"{shown} with {unknown}", remedy)
    for name, value in values.items():
        fits, kind = _fits(value, kinds[name]), kinds[name]
        said = kind.__name__ if isinstance(kind, type) else str(kind)
        given = f"{shown} with a {type(value).__name__} there" if not fits else None
        check(
            fits, "path", f"a file whose {name!r} is of type {said}, in all its parts", where, given, remedy
        )
    return values


def _is_needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value of JSON is of an annotated type, with all that it holds."""
    if kind is float:
        return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    origin, args = get_origin(kind), get_args(kind)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(inner, args[1]) for inner in value.values())
    if origin is list:
        return isinstance(value, list) and all(_fits(inner, args[0]) for inner in value)
    if args:  # a union
        return any(_fits(value, each) for each in args)
    return kind is Any or isinstance(value, kind)


def read_json(path: str | PathLike[str], where: str, remedy: str) -> dict[str, Any]:
    """The object of a file, to the letter: each key is there once, and each number is finite.

    Args:
        path: A UTF-8 file of one JSON object.
        where: Who asks, for errors.
        remedy: How to get the file again, for errors.

    Raises:
        ValueError: If the file is missing, cut off or damaged in any other way, holds something else than an
            object, a key twice, or a number that is not finite.
    """
    shown = fspath(path)
    check(Path(path).is_file(), "path", "an existing .json file", where, shown, remedy)
    try:
        text = Path(path).read_bytes().decode()
        values = json.loads(text, object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite)
        if not isinstance(values, dict):
            raise ValueError(f"no object but a {type(values).__name__}")
    except (ValueError, RecursionError, OSError) as error:
        message = f"'path' needs to be a complete .json file in '{where}' (got {shown!r}: {error}). {remedy}"
        raise ValueError(message) from error
    return values


def object_digest(values: dict[str, Any]) -> str:
    """That of what a file of one JSON object says, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is there twice")
    return values


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:20]} is not finite")
    return number
