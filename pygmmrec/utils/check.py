"""The one shape that an error about an argument has."""

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
