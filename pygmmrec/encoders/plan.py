"""What the rows of a file depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def difference(held: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """What is asked for and is otherwise in what is held, for a message; empty where nothing is."""
    names = [name for name in asked if held.get(name) != asked[name]]
    return "; ".join(f"{name} is {held.get(name)!r} there, and {asked[name]!r} now" for name in names)
