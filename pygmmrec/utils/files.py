"""Files that are never half-written, and what a killed writer leaves behind."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a leftover stays
    fcntl = None  # type: ignore[assignment]

PREFIX = ".writing-"
TEMPORARY = re.compile(rf"{re.escape(PREFIX)}.+-[a-z0-9_]{{8}}(\.[^.]+)?")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path``, which takes its place only if the block succeeds.

    The suffix is that of ``path``, since writers choose a format by it. The folder is made if need be. What writers
    that were killed left in it is removed; a file that somebody still writes is locked, and stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path.parent)
    handle, temporary = _create(path)
    try:
        yield temporary
        temporary.chmod(0o644)  # mkstemp's 0o600 is for secrets
        if fcntl is None:
            os.close(handle)
            handle = -1
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
        if handle >= 0:
            os.close(handle)


def _create(path: Path) -> tuple[int, Path]:
    """A new file, locked; another, where somebody took it for a leftover before it was."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{PREFIX}{path.stem}-", suffix=path.suffix)
        temporary = Path(name)
        if not _lock(handle) or temporary.exists():
            return handle, temporary
        os.close(handle)


def _remove_leftovers(folder: Path) -> None:
    if fcntl is None:
        return
    for path in folder.glob(f"{PREFIX}*"):
        if not TEMPORARY.fullmatch(path.name):
            continue
        try:
            handle = os.open(path, os.O_RDWR)
        except OSError:  # gone, or not ours
            continue
        try:
            if _lock(handle):
                path.unlink(missing_ok=True)
        except OSError:  # may not be removed
            pass
        finally:
            os.close(handle)


def _lock(handle: int) -> bool:
    """Whether the file is ours alone from here on, until it is closed or the process ends."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody has it, or this file system has no locks
        return False
    return True
