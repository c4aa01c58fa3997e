"""The moments at which a writer of files can die, one by one."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any


class Moments:
    """Counts moments of this process from here on, and ends it at one of them.

    For each file that takes another's place: its temporary file was just made; half of the content is there;
    all is there, but not in its place; it is in its place, and nothing else was done. Likewise for folders,
    which are also removed: nothing of one is gone; half of its files are; all is gone.

    Args:
        folder: Files elsewhere do not count.
        last: Number of the moment at which to die, from one; None only counts.
    """

    def __init__(self, folder: Path, last: int | None = None) -> None:
        self.folder, self.last = folder.resolve(), last
        self.count = 0
        self._mkstemp, self._mkdtemp, self._rmtree = tempfile.mkstemp, tempfile.mkdtemp, shutil.rmtree
        os.replace = self._moving(os.replace)  # type: ignore[assignment]
        os.rename = self._moving(os.rename)  # type: ignore[assignment]
        tempfile.mkstemp = self._make  # type: ignore[assignment]
        tempfile.mkdtemp = self._make_folder  # type: ignore[assignment]
        shutil.rmtree = self._remove  # type: ignore[assignment]

    def _pass(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def _counts(self, path: Any) -> bool:
        return self.folder in Path(path).resolve().parents

    def _make(self, *args: Any, **options: Any) -> tuple[int, str]:
        handle, name = self._mkstemp(*args, **options)
        if self._counts(name):
            self._pass()
        return handle, name

    def _make_folder(self, *args: Any, **options: Any) -> str:
        name = self._mkdtemp(*args, **options)
        if self._counts(name):
            self._pass()
        return name

    def _remove(self, path: Any, *args: Any, **options: Any) -> None:
        if not self._counts(path) or not os.path.isdir(path):
            self._rmtree(path, *args, **options)
            return
        self._pass()
        if self.count + 1 == self.last:
            _halve(path)
        self._pass()
        self._rmtree(path, *args, **options)
        self._pass()

    def _moving(self, move: Any) -> Any:
        def moved(source: Any, target: Any, **options: Any) -> None:
            if not self._counts(target):
                move(source, target, **options)
                return
            if self.count + 1 == self.last and os.path.isfile(source):
                os.truncate(source, os.stat(source).st_size // 2)
            self._pass()
            self._pass()
            move(source, target, **options)
            self._pass()

        return moved


def _halve(folder: Any) -> None:
    """Remove every other file of a folder."""
    for path in sorted(Path(folder).iterdir())[::2]:
        path.unlink()
