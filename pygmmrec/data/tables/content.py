"""The bytes of a text file, plain or packed."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

COMPRESSED = (".gz", ".bz2", ".zst", ".lz4")
BLOCK = 1 << 24


def kind_of(path: Path) -> str:
    """The suffix of a file, without that of a compression."""
    return Path(path.stem).suffix if path.suffix in COMPRESSED else path.suffix


@contextmanager
def open_bytes(path: Path) -> Iterator[Any]:
    """A file to read from, unpacked on the way."""
    with (
        pa.input_stream(str(path), compression="detect")
        if path.suffix in COMPRESSED
        else open(path, "rb") as file
    ):
        yield file


@contextmanager
def whole_content(path: Path) -> Iterator[Any]:
    """All bytes of a file, mapped into memory where it is not packed."""
    with open_bytes(path) as file:
        if path.suffix in COMPRESSED:
            yield file.read()
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content


class Layout(NamedTuple):
    """What there is in a text file besides its cells.

    Args:
        size: Bytes of the file.
        first: Bytes of its first line, without its end.
        newlines, returns: How often each of the two bytes that end lines occurs.
        ended: Whether the last line has an end.
    """

    size: int
    first: int
    newlines: int
    returns: int
    ended: bool

    @property
    def num_lines(self) -> int:
        """Lines, blank ones included."""
        return max(self.newlines, self.returns) + (not self.ended)


def layout_of(content: Any) -> Layout:
    """Counted block by block."""
    raw = np.frombuffer(content, dtype=np.uint8)
    newlines = returns = 0
    for start in range(0, len(raw), BLOCK):
        block = raw[start : start + BLOCK]
        newlines += int(np.count_nonzero(block == ord("\n")))
        returns += int(np.count_nonzero(block == ord("\r")))
    ended = raw[-1] in b"\r\n"
    del raw, block  # or the file could not be closed
    ends = [at for at in (content.find(b"\n"), content.find(b"\r")) if at >= 0]
    return Layout(len(content), min(ends, default=len(content)), newlines, returns, ended)
