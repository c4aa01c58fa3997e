"""The folder that a run writes to."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

from pygmmrec.bundles.manifest import MANIFEST, WEIGHTS
from pygmmrec.utils.check import check

if sys.platform != "win32":  # where two runs in one folder are not noticed
    import fcntl

MB = 10**6
STATE = "state.pt"


class OutputFolder:
    """A folder that belongs to one run at a time, from here until :meth:`release` or the end of the process.

    The lock is on the folder itself, and leaves no file. File systems without locks, and Windows, have none.

    Args:
        path: The folder; made if need be. A working directory that changes later does not move it.
        where: The run, for errors.
        num_bytes: How much weights and state take at most, with what they replace. (default: ``0``)
        first: Whether this process is the one of the run that writes; others only know where.
            (default: ``True``)

    Raises:
        ValueError: If it cannot be written to, has no room, or another run has it.
    """

    def __init__(self, path: Path, where: object, num_bytes: int = 0, *, first: bool = True) -> None:
        self.path = path.absolute()
        self.weights = self.path / WEIGHTS
        self.state = self.path / STATE
        self.manifest = self.path / MANIFEST
        self.release: Callable[[], object] = lambda: None
        """Let another run have it; a second time does nothing."""
        if first:
            self._take(path, where, num_bytes)

    def _take(self, path: Path, where: object, num_bytes: int) -> None:
        reason = _why_not(self.path)
        check(not reason, "output", f"a folder to write to ({reason})", where, str(path))
        there = sum(each.stat().st_size for each in (self.weights, self.state) if each.is_file())
        free = shutil.disk_usage(self.path).free + there
        room = f"a folder with at least {num_bytes / MB:.1f} MB free for weights and state"
        check(free >= num_bytes, "output", room, where, f"{path} with {free / MB:.1f} MB")
        handle = _lock(self.path)
        remedy = "Choose another one, or wait; run.close() frees that of a run in this process"
        check(handle is not None, "output", "a folder that no other run writes to", where, str(path), remedy)
        if handle:
            self.release = weakref.finalize(self, os.close, handle)


def _why_not(folder: Path) -> str:
    """Why nothing can be written there; empty if it can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # permissions, and file systems that are read-only
            return ""
    except OSError as error:
        return str(error)


def _lock(folder: Path) -> int | None:
    """A handle that keeps the folder; 0 where there are no locks, ``None`` where somebody else has it."""
    if sys.platform == "win32":
        return 0
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        os.close(handle)
        return 0
    return handle
