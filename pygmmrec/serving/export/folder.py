"""Folders that are there only once they are complete, and say what they hold."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from pygmmrec.utils.check import check

ABOUT = "export.json"
"""What an export says of itself, for programs."""

README = "README.md"
"""The same for people."""

PREFIX = ".exporting-"


@contextmanager
def new_folder(
    path: str | PathLike[str], overwrite: bool, where: str, what: str = "export", about: str = ABOUT
) -> Iterator[Path]:
    """A temporary folder beside ``path``, which takes its place only if the block succeeds.

    Args:
        path: The folder: a new one, or an empty one.
        overwrite: Whether it may also be an earlier one, which is replaced as a whole.
        where: Who asks, for errors.
        what: What is written, for errors. (default: ``export``)
        about: The file by which an earlier one is known.

    Raises:
        ValueError: If something else is there.
    """
    target = Path(path)
    remedy = f"Name another folder, or say overwrite=True to replace an earlier {what}"
    taken = target.exists() and not (target.is_dir() and not any(target.iterdir()))
    fine = not taken or (overwrite and (target / about).is_file())
    check(fine, "folder", f"new, or empty, or an earlier {what} to overwrite", where, str(target), remedy)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{PREFIX}{target.name}-"))
    try:
        yield temporary
        temporary.chmod(0o755)  # mkdtemp's 0o700 is for secrets
        if target.exists():
            shutil.rmtree(target)
        temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_about(folder: Path, about: Mapping[str, Any], readme: str) -> None:
    """Write what the folder holds, for programs and for people."""
    text = json.dumps(dict(about), indent=1, allow_nan=False)
    (folder / ABOUT).write_text(f"{text}\n", encoding="utf-8")
    (folder / README).write_text(readme, encoding="utf-8")
