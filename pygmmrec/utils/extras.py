"""Libraries of the extras, imported when they are first needed."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def load_extra(name: str, extra: str) -> Any:
    """A module of an optional library.

    Args:
        name: The module.
        extra: The extra that brings it.

    Raises:
        ModuleNotFoundError: If it is not installed; it says how to install it.
    """
    if find_spec(name.partition(".")[0]) is None:
        message = f"{name!r} is not installed (pip install 'pygmmrec[{extra}]')"
        raise ModuleNotFoundError(message, name=name)
    return import_module(name)
