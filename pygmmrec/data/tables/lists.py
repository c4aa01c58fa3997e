"""Lists of a user and the items, ``user item item …`` in each line, as LightGCN's data are shared."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa

from pygmmrec.utils.check import check

LINES = 200
"""Lines by which a list is known."""

LISTED = ("user", "item")


def is_list(path: Path, delimiter: str | None, known: Collection[str]) -> bool:
    """Whether a text file has integers between spaces in every line, and not equally many in each."""
    if delimiter not in (None, " ") or path.suffix != ".txt":
        return False
    with open(path, "rb") as file:
        lines = [line.split() for line in file.readlines(LINES * 100)[:LINES]]
    numbers = all(cell.isdigit() for cells in lines for cell in cells)
    return numbers and len({len(cells) for cells in lines}) > 1


def read_list(path: Path) -> pa.Table:
    """Pairs of a user and an item, in the order of the file; a user without items has none.

    Raises:
        ValueError: If a cell is no integer.
    """
    raw = path.read_bytes()
    lines = raw.splitlines()
    sizes = np.array([len(line.split()) for line in lines], dtype=np.int64)
    cells = raw.split()
    whole = all(cell.isdigit() for cell in cells)
    check(whole, "path", "a list of integers in each line", "read_list", str(path))
    values = np.array(cells).astype(np.int64)
    first = np.cumsum(sizes) - sizes  # where each line begins
    filled = sizes > 0
    user = np.repeat(values[first[filled]], sizes[filled] - 1)
    item = np.delete(values, first[filled])
    return pa.table({"user": user, "item": item})
