"""The one shape that an error about an argument has."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


def check(ok: bool, arg: str, requirement: str, where: object, value: Any, remedy: str = "") -> None:
    """Raise a :class:`ValueError` that names the argument, the requirement and the value.

    Args:
        ok: Whether the argument is fine; nothing happens then.
        arg: The argument's name.
        requirement: What it needs to be, worded to follow "needs to be".
        where: The object (its class is named), or the name of a class or function.
        value: What was given.
        remedy: One sentence on what to do about it.

    Raises:
        ValueError: If ``ok`` is false.
    """
    if ok:
        return
    name = where if isinstance(where, str) else type(where).__name__
    message = f"'{arg}' needs to be {requirement} in '{name}' (got {value!r})"
    raise ValueError(f"{message}. {remedy}" if remedy else message)


def check_arguments(given: Iterable[str], known: Iterable[str], where: str) -> None:
    """Raise a :class:`TypeError` for the first argument that is not taken; it names the nearest that is.

    Args:
        given: Names of the arguments that were given.
        known: Names of those that are taken.
        where: Name of the class or function.
    """
    known = list(known)
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"It takes {', '.join(known)}"
            raise TypeError(f"'{where}' takes no argument {name!r}. {hint}")
