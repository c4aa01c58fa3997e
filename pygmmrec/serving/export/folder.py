"""Folders that are there only once they are complete, and say what they hold."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any

from pygmmrec.utils.check import check
from pygmmrec.utils.files import lock

ABOUT = "export.json"
"""What an export says of itself, for programs."""

README = "README.md"
"""The same for people."""

PREFIX = ".exporting-"
ASIDE = ".exported-"
"""What stands before the name of an earlier folder while another takes its place."""


@contextmanager
def new_folder(
    path: str | PathLike[str], overwrite: bool, where: str, what: str = "export", about: str = ABOUT
) -> Iterator[Path]:
    """A temporary folder beside ``path``, which takes its place only if the block succeeds.

    What writers of the same folder that were killed left behind is removed; a folder that somebody still
    writes is locked, and stays. An earlier folder that one of them had put aside is put back.

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
    _tidy(target, about)
    remedy = f"Name another folder, or say overwrite=True to replace an earlier {what}"
    fine = _is_free(target) or (overwrite and (target / about).is_file())
    check(fine, "folder", f"new, or empty, or an earlier {what} to overwrite", where, str(target), remedy)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(target) as temporary:
        yield temporary
        temporary.chmod(0o755)  # mkdtemp's 0o700 is for secrets
        _take_place(temporary, target)


def write_about(folder: Path, about: Mapping[str, Any], readme: str) -> None:
    """Write what the folder holds, for programs and for people."""
    text = json.dumps(dict(about), indent=1, allow_nan=False)
    (folder / ABOUT).write_text(f"{text}\n", encoding="utf-8")
    (folder / README).write_text(readme, encoding="utf-8")


def _is_free(target: Path) -> bool:
    return not target.exists() or (target.is_dir() and not any(target.iterdir()))


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """A folder beside another, locked; what is under its name in the end is removed."""
    while True:
        made = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{PREFIX}{target.name}-"))
        with _locked(made, wait=True):
            if not made.exists():
                continue  # somebody took it for a leftover before it was locked
            try:
                yield made
            finally:
                shutil.rmtree(made, ignore_errors=True)
            return


def _take_place(new: Path, target: Path) -> None:
    """Put a folder in the place of another, which ends under the name that the new one had.

    At each moment both are whole, under one name or another.
    """
    if _is_free(target):
        if target.exists():
            target.rmdir()
        new.replace(target)
        return
    aside = new.with_name(new.name.replace(PREFIX, ASIDE, 1))
    with _locked(target):
        target.replace(aside)
        try:
            new.replace(target)
        except OSError:
            aside.replace(target)
            raise
        aside.replace(new)


def _tidy(target: Path, about: str) -> None:
    """Put back what dead writers of a folder had put aside, and remove what else they left."""
    for prefix in (ASIDE, PREFIX):
        name = re.compile(rf"{re.escape(prefix + target.name)}-[a-z0-9_]{{8}}")
        for path in target.parent.glob(f"{prefix}*"):
            if not name.fullmatch(path.name) or path.is_symlink():
                continue
            with _locked(path) as alone, suppress(OSError):  # gone, or not ours
                if alone and prefix == ASIDE and _is_free(target):
                    _take_place(path, target)
                elif alone and (prefix == PREFIX or (target / about).is_file()):
                    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(folder: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold a folder, or learn that it is not ours alone: somebody has it, or there are no locks here."""
    handle = None
    with suppress(OSError):  # it is gone, or Windows, which opens no folders
        handle = os.open(folder, os.O_RDONLY)
    try:
        yield handle is not None and lock(handle, wait=wait)
    finally:
        if handle is not None:
            os.close(handle)
