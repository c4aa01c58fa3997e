"""Columns of whole numbers, read as such and not as texts first: faster, where it makes no difference."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from pygmmrec.data.tables.content import Layout
from pygmmrec.data.values.arrow import written_size

INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
NARROW = 64
"""Bytes of a line up to which all columns of a file are read, to compare their size with that of the file."""


def whole_columns(rows: list[list[str]]) -> list[int]:
    """The columns that hold whole numbers in the first rows; none where lines are long."""
    if sum(sum(map(len, row)) for row in rows) > NARROW * len(rows):
        return []
    return [
        number
        for number in range(len(rows[0]))
        if all(len(row) > number and INTEGER.fullmatch(row[number]) for row in rows)
    ]


def is_exact(table: pa.Table, layout: Layout, *, header: bool, delimiter: int) -> bool:
    """Whether a file holds just what a table of all its columns says, to the byte.

    If so, every whole number in it is written as everybody writes it. Leading zeros, signs, white space and
    other ways of writing would make the file longer than the numbers are.

    Args:
        table: Columns of int64 and strings.
        layout: Of the file.
        header: Whether its first line names the columns.
        delimiter: Bytes between two cells.
    """
    cells: int = 0
    for column in table.columns:
        if column.null_count > 0:
            return False
        if pa.types.is_integer(column.type):
            sizes = [written_size(chunk.to_numpy()) for chunk in column.chunks]
            if min(sizes, default=0) < 0:
                return False
            cells += sum(sizes)
        else:
            cells += int(pc.sum(pc.binary_length(column)).as_py() or 0)
    between = table.num_rows * (table.num_columns - 1) * delimiter
    ends = layout.newlines + layout.returns
    return bool(cells + between == layout.size - ends - (layout.first if header else 0))
