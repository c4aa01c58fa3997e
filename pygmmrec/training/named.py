"""Optimisers and schedules given by name, by name and options, or as something to call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeAlias

from pygmmrec.training.files.plain import plain
from pygmmrec.utils.check import check, check_arguments

Named: TypeAlias = str | Mapping[str, Any] | Callable[..., Any]
"""``"AdamW"``, ``{"name": "AdamW", "betas": (0.9, 0.98)}``, or what makes one."""


def resolve(
    given: Named, module: ModuleType, base: type, argument: str, where: str
) -> tuple[Callable[..., Any], dict[str, Any]]:
    """What to call, and its options.

    Args:
        given: The name of a class of ``module``; a mapping of ``name`` and its options; or what makes one.
        module: Where names are looked up.
        base: What a class of that name derives from.
        argument: What the argument is called.
        where: Whose it is.

    Raises:
        ValueError: If no class has that name.
        TypeError: If the class has no such option; the message names the nearest one.
    """
    if callable(given):
        return given, {}
    options = {"name": given} if isinstance(given, str) else dict(given)
    name = options.pop("name", None)
    found = getattr(module, name, None) if isinstance(name, str) else None
    known = isinstance(found, type) and issubclass(found, base)
    wanted = f"a class of {module.__name__}, by name, or one in {{'name': ..., ...}}, or what makes one"
    check(known, argument, wanted, where, given)
    assert callable(found)
    check_arguments(options, found, str(name))
    return found, options


def describe(given: Named | None) -> Any:
    """Plain values that say what was given; a function is known by its name and, if partial, arguments."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, Mapping):
        return plain(dict(given))
    function, arguments = getattr(given, "func", given), getattr(given, "args", ())
    named = getattr(given, "keywords", {})
    name = getattr(function, "__qualname__", type(function).__name__)
    told = [repr(each) for each in arguments] + [f"{key}={value!r}" for key, value in named.items()]
    return f"{name}({', '.join(told)})" if told else name
