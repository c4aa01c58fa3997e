"""The rows of a file that is being made: what an interrupted call made is on disk, under another name."""

from __future__ import annotations

import json
import logging
import math
import os
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from pygmmrec.encoders.rows import Rows
from pygmmrec.utils.check import check
from pygmmrec.utils.files import exclusive, replacing, sha256_of

logger = logging.getLogger(__name__)

SECONDS = 1.0
"""How often progress is noted; a call that is killed loses no more."""

BLOCK = 1 << 22
"""Numbers that are written at once."""


class Partial(Rows):
    """Rows beside the file that they will become, and how many batches of them are done.

    ``text_feat.npy`` is made in ``text_feat.npy.partial``. Beside it, ``text_feat.npy.progress`` says in its
    first line what is made, and in each further line how many batches are on disk. Rows of another plan are
    made anew.

    Args:
        path: The file to make.
        plan: Everything that the rows depend on, as JSON has it.

    Raises:
        ValueError: If another process makes the same file.
    """

    def __init__(self, path: Path, plan: dict[str, Any]) -> None:
        super().__init__()
        self._path = path
        self._rows_path = path.with_name(f"{path.name}.partial")
        self._progress_path = path.with_name(f"{path.name}.progress")
        self._plan = json.dumps(plan, sort_keys=True).encode()
        self._stack = ExitStack()

    def __enter__(self) -> Partial:
        try:
            self._file = self._stack.enter_context(exclusive(self._progress_path))
        except BlockingIOError:
            remedy = "Wait for the other process, or choose another file."
            check(False, "output", "a file that no other process makes", "encode", str(self._path), remedy)
        if not self._resume():
            self._file.seek(0)
            self._file.truncate()
            self._file.write(self._plan + b"\n")
            self._file.flush()
        self._noted = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is not None and self.matrix is not None:
                self._save()
        finally:
            self.matrix = None
            self._stack.close()

    def create(self, shape: tuple[int, ...]) -> np.ndarray:
        """The matrix, of NaN, mapped from disk.

        They are written and not only mapped, so that a full disk is an error here and no crash later.
        """
        header = {"shape": shape, "fortran_order": False, "descr": "<f4"}
        left = math.prod(shape)
        with replacing(self._rows_path) as temporary, open(temporary, "wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            block = np.full(min(left, BLOCK), np.nan, dtype="<f4")
            for start in range(0, left, BLOCK):
                file.write(block[: left - start].data)
        self.matrix = np.lib.format.open_memmap(self._rows_path, mode="r+")
        return self.matrix

    def note(self) -> None:
        """One more batch is done."""
        super().note()
        if self.matrix is not None and time.monotonic() - self._noted >= SECONDS:
            self._save()

    def digest(self) -> str:
        """The sha256 of the file as it is now."""
        self._save()
        with open(self._rows_path, "rb") as file:
            return sha256_of(file)

    def publish(self) -> None:
        """Give the file its name."""
        self.matrix = None  # unmapped, which Windows asks for
        self._rows_path.replace(self._path)
        self._progress_path.unlink()

    def _save(self) -> None:
        assert isinstance(self.matrix, np.memmap)
        self.matrix.flush()
        self._file.write(b"%d\n" % self.done)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._noted = time.monotonic()

    def _resume(self) -> bool:
        """Whether there are rows of this plan."""
        *whole, torn = self._file.read().split(b"\n")  # of a line that was being written
        plan, lines = b"".join(whole[:1]), whole[1:]
        if not lines or not self._rows_path.is_file():
            return False
        if plan != self._plan:
            logger.info("%s: what an interrupted call left is of other settings, and made anew", self._path)
            return False
        self.matrix = np.lib.format.open_memmap(self._rows_path, mode="r+")
        self.done = int(lines[-1])
        self._file.seek(-len(torn), os.SEEK_END)
        self._file.truncate()
        return True
