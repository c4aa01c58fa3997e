"""Arguments of a model: plain values that are what their names and annotations say."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from torch import Tensor

from pygmmrec.utils.check import check, check_flag, check_integer, check_number

SCALARS = (int, float, bool)


def checked_arguments(construct: Callable[..., None], given: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """The arguments of a constructor as plain values, checked by what it says of them.

    An ``int``, ``float`` or ``bool`` in the annotations is an integer, a finite number, or ``True`` or
    ``False``. Of those the names tell more, as in all models here: ``*_dim``, ``*_dims``, ``*_size`` and
    ``k`` are at least 1, ``num_*``, ``*_weight``, ``alpha`` and ``std`` at least 0, ``temperature`` and
    ``noise_*`` are positive, and ``p`` and ``p_*`` between 0 and 1. Scalars of NumPy and torch become
    Python's own; so do arrays where a sequence is asked for. What has no annotation passes.

    Args:
        construct: An ``__init__``.
        given: What it was given by place, the object itself first.
        named: What it was given by name.

    Returns:
        Both again, for the constructor.
    """
    try:
        bound = inspect.signature(construct).bind(*given, **named)
    except TypeError:  # Python's own message says what is missing or too much
        return given, named
    hints = _hints(construct)
    for name, value in bound.arguments.items():
        hint = hints.get(name)
        if hint is not None:
            bound.arguments[name] = _checked(value, name, hint, type(given[0]).__name__)
        elif isinstance(value, np.generic):
            bound.arguments[name] = value.item()
    return bound.args, bound.kwargs


@cache
def _hints(construct: Callable[..., None]) -> dict[str, Any]:
    try:
        return get_type_hints(construct)
    except Exception:  # an annotation that only a type checker can read
        return {}


def _checked(value: Any, name: str, hint: Any, where: str) -> Any:
    members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    kinds = [get_origin(member) or member for member in members]
    value = _plain(value, kinds)
    if Mapping in kinds and name.endswith("_dims") and value is not None:
        wanted = "a mapping from each modality to its feature size"
        check(isinstance(value, Mapping), name, wanted, where, value)
        return {
            key: check_integer(size, f"{name}[{key!r}]", where, at_least=1) for key, size in value.items()
        }
    asked = [kind for kind in SCALARS if kind in kinds]
    if not asked or (value is None and type(None) in kinds):
        return value
    if len(kinds) > 1 and not isinstance(value, int | float):  # another member of the union
        return value
    if bool in asked and (asked == [bool] or isinstance(value, bool)):
        return check_flag(value, name, where)
    bounds = _bounds(name)
    return (
        check_number(value, name, where, **bounds)
        if float in asked
        else check_integer(value, name, where, **bounds)
    )


def _plain(value: Any, kinds: list[Any]) -> Any:
    """Scalars of NumPy and torch, alone and in mappings, and arrays where sequences are asked for."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping) and any(isinstance(inner, np.generic) for inner in value.values()):
        return {key: _plain(inner, []) for key, inner in value.items()}
    if not isinstance(value, np.ndarray | Tensor) or type(value) in kinds:
        return value
    if value.ndim == 0 and any(kind in kinds for kind in SCALARS):
        return value.item()
    return tuple(value.tolist()) if Sequence in kinds and value.ndim > 0 else value


def _bounds(name: str) -> dict[str, Any]:
    """The bounds that a name stands for."""
    if name in ("k", "num_users", "num_items") or name.endswith(("_dim", "_size")):
        return {"at_least": 1}
    if name.startswith("num_") or name.endswith("_weight") or name in ("alpha", "std"):
        return {"at_least": 0}
    if name == "temperature" or name.endswith("_temperature") or name.startswith("noise_"):
        return {"above": 0}
    return {"at_least": 0, "at_most": 1} if name == "p" or name.startswith("p_") else {}
