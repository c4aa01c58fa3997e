"""Reading the TOML files of this package."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parents[1]
"""Where ``presets``, ``spaces`` and ``published`` lie."""


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
