"""The rows of a file that is being made: what an interrupted call made is on disk, under another name."""

from __future__ import annotations

import json
import math
import os
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from pygmmrec.encoders.plan import difference
from pygmmrec.encoders.rows import Rows
from pygmmrec.utils.check import check
from pygmmrec.utils.files import exclusive, replacing, sha256_of

SECONDS = 1.0
"""How often progress is noted; a call that is killed loses no more."""

BLOCK = 1 << 22
"""Numbers that are written at once."""


class Partial(Rows):
    """Rows beside the file that they will become, and how many batches of them are done.

    ``text_feat.npy`` is made in ``text_feat.npy.partial``. Beside it, ``text_feat.npy.progress`` says in its
    first line what is made, and in each further line how many batches are on disk.

    Args:
        path: The file to make.
        plan: Everything that the rows depend on, as JSON has it.
        anew: Whether rows of another plan may go.

    Raises:
        ValueError: If another process makes the same file, or rows of another plan are there and may not go.
    """

    def __init__(self, path: Path, plan: dict[str, Any], *, anew: bool = False) -> None:
        super().__init__()
        self._path = path
        self._rows_path = path.with_name(f"{path.name}.partial")
        self._progress_path = path.with_name(f"{path.name}.progress")
        self._plan = json.dumps(plan, sort_keys=True).encode()
        self._anew = anew
        self._stack = ExitStack()

    def __enter__(self) -> Partial:
        try:
            self._file = self._stack.enter_context(exclusive(self._progress_path))
        except BlockingIOError:
            remedy = "Wait for the other process, or choose another file."
            check(False, "output", "a file that no other process makes", "encode", str(self._path), remedy)
        try:
            self._resume()
        except BaseException:
            self._stack.close()
            raise
        self._noted = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.matrix is not None:
                self._save()
            elif self._progress_path.exists() and self._progress_path.stat().st_size == 0:  # nothing was made
                self._progress_path.unlink()
        finally:
            self.matrix = None
            self._stack.close()

    def create(self, shape: tuple[int, ...]) -> np.ndarray:
        """The matrix, of NaN, mapped from disk; what another plan left goes.

        It is written and not only mapped, so that a full disk is an error here and no crash later.
        """
        self._file.seek(0)
        self._file.truncate()
        self._file.write(self._plan + b"\n")
        self._file.flush()
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

    def _resume(self) -> None:
        """Take up rows of this plan, where there are some."""
        plan, *lines = self._file.read().split(b"\n")
        torn = lines.pop() if lines else b""  # of a line that was being written
        if not lines or not lines[-1].isdigit() or not self._rows_path.is_file():
            return
        if plan == self._plan:
            self.matrix = np.lib.format.open_memmap(self._rows_path, mode="r+")
            self.done = int(lines[-1])
            self._file.seek(-len(torn), os.SEEK_END)
            self._file.truncate()
            return
        try:
            held = json.loads(plan)
        except ValueError:  # damaged
            held = {}
        told = f"what an interrupted call left, whose {difference(held, json.loads(self._plan))}"
        remedy = "Give the same to go on with it, or make it anew by overwrite=True."
        check(self._anew, "output", "made as it was begun", "encode", told, remedy)
