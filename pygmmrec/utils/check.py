"""The one shape that an error about an argument has, and the few checks that all arguments share."""

import inspect
import math
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any

import numpy as np
from torch import Tensor

LARGEST_SEED = 2**63 - 1


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


def check_integer(
    value: Any, arg: str, where: object, *, at_least: int | None = None, at_most: int | None = None
) -> int:
    """An integer as Python's own, from Python, NumPy or a tensor of one element; within bounds.

    Raises:
        ValueError: If it is no integer (``True`` and ``2.0`` are none), or out of bounds.
    """
    number = _item(value)
    fits = isinstance(number, Integral) and not isinstance(number, bool)
    check(fits, arg, "an integer", where, value)
    number = int(number)
    fits = (at_least is None or number >= at_least) and (at_most is None or number <= at_most)
    check(fits, arg, _bounds(at_least, at_most), where, number)
    return number


def check_number(
    value: Any,
    arg: str,
    where: object,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> float:
    """A finite number as Python's own, from Python, NumPy or a tensor of one element; within bounds.

    A tensor that asks for a gradient, such as a temperature that is learned, comes back as it is.

    Raises:
        ValueError: If it is no number (``True`` is none), NaN, infinite or out of bounds.
    """
    number = _item(value)
    check(isinstance(number, Real) and not isinstance(number, bool), arg, "a number", where, value)
    number = int(number) if isinstance(number, Integral) else float(number)
    fits = (
        (above is None or number > above)
        and (at_least is None or number >= at_least)
        and (below is None or number < below)
        and (at_most is None or number <= at_most)
    )
    check(fits, arg, _bounds(at_least, at_most, above, below), where, number)
    check(math.isfinite(number), arg, "finite", where, number)
    learned = isinstance(value, Tensor) and value.requires_grad
    return value if learned else number


def check_probability(value: Any, arg: str, where: object) -> float:
    """The fraction that is dropped or lost, at least 0 and below 1, see :func:`check_number`."""
    return check_number(value, arg, where, at_least=0, below=1)


def check_seed(value: Any, arg: str, where: object) -> int:
    """A seed that every generator takes, see :func:`check_integer`."""
    return check_integer(value, arg, where, at_least=0, at_most=LARGEST_SEED)


def check_flag(value: Any, arg: str, where: object) -> bool:
    """``True`` or ``False`` as Python's own.

    Raises:
        ValueError: If it is neither; 0 and 1 are numbers.
    """
    flag = _item(value)
    check(isinstance(flag, bool), arg, "True or False", where, value)
    return bool(flag)


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


def _item(value: Any) -> Any:
    """What a scalar of NumPy or torch holds."""
    one = isinstance(value, np.generic) or (isinstance(value, np.ndarray | Tensor) and value.ndim == 0)
    return value.item() if one else value


def _bounds(
    at_least: float | None, at_most: float | None, above: float | None = None, below: float | None = None
) -> str:
    """The bounds in words."""
    if at_least is not None and below is not None:
        return f"in [{at_least}, {below})"
    if above is not None and at_most is not None:
        return f"in ({above}, {at_most}]"
    if at_least is not None and at_most is not None:
        return f"between {at_least} and {at_most}"
    if above is not None and below is not None:
        return f"in ({above}, {below})"
    if above == 0:
        return "positive"
    words = (("above", above), ("at least", at_least), ("below", below), ("at most", at_most))
    return " and ".join(f"{word} {bound}" for word, bound in words if bound is not None) or "a number"
