"""The one shape that an error about an argument has."""

import inspect
from collections.abc import Callable, Iterable
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


def check_arguments(given: Iterable[str], function: Callable[..., object], where: str) -> None:
    """Raise a :class:`TypeError` for the first argument that is not taken; it names the nearest that is.

    Args:
        given: Names of the arguments that were given.
        function: What takes them; one with ``**kwargs`` takes any.
        where: Its name in the message.
    """
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    for name in given:
        if name not in parameters:
            near = get_close_matches(name, parameters, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"It takes {', '.join(parameters)}"
            raise TypeError(f"'{where}' takes no argument {name!r}. {hint}")
