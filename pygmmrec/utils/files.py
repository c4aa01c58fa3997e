"""Files that are never half-written, what a killed writer leaves behind, and whether two are the same."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":  # where a leftover stays
    import fcntl

PREFIX = ".writing-"
LITTLE = 2**16
"""Bytes below which a disk is full."""
BLOCK = 1 << 20
TEMPORARY = re.compile(rf"{re.escape(PREFIX)}.+-[a-z0-9_]{{8}}(\.[^.]+)?")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path``, which takes its place only if the block succeeds.

    The suffix is that of ``path``, since writers choose a format by it. The folder is made if need be. What
    writers that were killed left in it is removed; a file that somebody still writes is locked, and stays.

    Raises:
        OSError: If the disk is full or the folder cannot be written to; it names ``path`` and the space left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path.parent)
    temporary, handle = _create(path)
    try:
        yield temporary
        temporary.chmod(0o644)  # mkstemp's 0o600 is for secrets
        temporary.replace(path)
    except Exception as error:
        left = shutil.disk_usage(path.parent).free
        if _is_full(error) or left < LITTLE:  # writers say it in many ways, and none names the path
            told = f"The disk is full or the file too large, {left / 1e6:.1f} MB are left"
            raise OSError(errno.ENOSPC, told, str(path)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)
        if handle is not None:
            os.close(handle)


@contextmanager
def exclusive(path: Path) -> Iterator[BinaryIO]:
    """A file that one process at a time has open, to read and to write; made if need be, with its folder.

    Where a file system has no locks, nothing keeps others out.

    Raises:
        BlockingIOError: If another process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
        if sys.platform != "win32":
            taken = BlockingIOError(errno.EWOULDBLOCK, "Another process writes it", str(path))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise taken from None
            except OSError:  # no locks here
                pass
            if not path.exists() or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
                raise taken  # its owner removed it before we locked it
        yield file


def sha256_of(file: BinaryIO) -> str:
    """The digest of what is left of an open file."""
    found = hashlib.sha256()
    while block := file.read(BLOCK):
        found.update(block)
    return found.hexdigest()


def _create(path: Path) -> tuple[Path, int | None]:
    """A new file and the handle that keeps it locked."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{PREFIX}{path.stem}-", suffix=path.suffix)
        if not lock(handle, wait=True):
            os.close(handle)
            return Path(name), None
        if Path(name).exists():
            return Path(name), handle
        os.close(handle)  # somebody took it for a leftover before it was locked


def _remove_leftovers(folder: Path) -> None:
    for path in folder.glob(f"{PREFIX}*"):
        if not TEMPORARY.fullmatch(path.name):
            continue
        with suppress(OSError):  # gone, or not ours
            handle = os.open(path, os.O_RDWR)
            try:
                if lock(handle, wait=False):
                    path.unlink(missing_ok=True)
            finally:
                os.close(handle)


def lock(handle: int, *, wait: bool) -> bool:
    """Whether the file is ours alone from here on, until it is closed or the process ends."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody has it, or this file system has no locks
        return False
    return True


def _is_full(error: Exception) -> bool:
    """Whether a writer found no room: NumPy says a number, safetensors words, torch a place in the file."""
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return full or any(words in str(error) for words in ("No space left", "File too large", "unexpected pos"))
