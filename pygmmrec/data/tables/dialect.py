"""How a text file separates its cells, and whether it has a header: found where that is safe."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from typing import NamedTuple

from pygmmrec.data.columns import plain_name
from pygmmrec.data.values.column import few
from pygmmrec.data.values.numbers import NUMBER
from pygmmrec.utils.check import check

DELIMITERS = ("\t", "::", ",", ";", "|", " ")
"""What files of this field are separated by, the surest first."""

BY_SUFFIX = {".tsv": "\t", ".inter": "\t"}
QUOTED_BY = (",", ";")
"""Delimiters of files whose cells may stand in quotes; elsewhere cells are read to the letter."""


class Dialect(NamedTuple):
    """How a text file is to be read.

    Args:
        delimiter: Between two cells.
        header: The names of the columns, or ``None`` where the first line is a row.
    """

    delimiter: str
    header: list[str] | None

    def cells(self, line: str) -> list[str]:
        """The cells of a line."""
        return split(line, self.delimiter)


def split(line: str, delimiter: str) -> list[str]:
    """The cells of a line, out of their quotes where the delimiter says that there may be some."""
    if delimiter in QUOTED_BY and len(line) < csv.field_size_limit():
        return next(csv.reader([line], delimiter=delimiter), [""])
    return line.split(delimiter)


def find_dialect(
    lines: list[str],
    suffix: str,
    delimiter: str | None,
    header: bool | None,
    known: Collection[str],
    path: str,
) -> Dialect:
    """The dialect of a file, from its first lines.

    Args:
        lines: The first lines.
        suffix: Of the file, without that of a compression.
        delimiter: As given; ``None`` looks for it.
        header: Whether the first line names the columns, as given; ``None`` looks.
        known: Names that columns have.
        path: The file, for errors.

    Raises:
        ValueError: If the delimiter could be several, or it cannot be told whether there is a header.
    """
    delimiter = delimiter or _delimiter(lines, suffix, path)
    rows = [split(line, delimiter) for line in lines]
    named = _is_header(rows, known, path) if header is None else header
    return Dialect(delimiter, rows[0] if named else None)


def _delimiter(lines: list[str], suffix: str, path: str) -> str:
    widths = {each: {len(split(line, each)) for line in lines} for each in DELIMITERS}
    if BY_SUFFIX.get(suffix, "\n") in lines[0]:
        return BY_SUFFIX[suffix]
    fits = [each for each in DELIMITERS if len(widths[each]) == 1 and widths[each] != {1}]
    if len(fits) > 1:
        fits = [each for each in fits if each != " "]  # part of texts and dates rather than between cells
    in_first = [each for each in DELIMITERS if each in lines[0]]
    if not fits and len(in_first) == 1:
        fits = in_first  # some line is too short or too long, and will be named
    remedy = f"Say which it is, as in delimiter={(fits or in_first or [','])[0]!r}."
    requirement = "a table whose delimiter is plain to see"
    value = f"{few(lines[:1])}, perhaps split by {fits or in_first or 'nothing'}, in {path!r}"
    check(len(fits) == 1, "path", requirement, "read_table", value, remedy)
    return fits[0]


def _is_header(rows: list[list[str]], known: Collection[str], path: str) -> bool:
    """Whether the first row names columns: known ones, or names above numbers; a row of numbers is none."""
    first, names = rows[0], {plain_name(name) for name in known}
    if any(plain_name(cell) in names or re.search(r":\w+$", cell) for cell in first):
        return True
    if any(_is_number([cell]) for cell in first):
        return False
    below = [
        column
        for column in range(len(first))
        if len(rows) > 1 and all(_is_number(row[column : column + 1]) for row in rows[1:])
    ]
    remedy = "Say whether it does, by header=True or header=False."
    requirement = "a table of which one can tell whether its first line names the columns"
    check(bool(below), "path", requirement, "read_table", f"{few(first)} in {path!r}", remedy)
    return True


def _is_number(cell: list[str]) -> bool:
    """Whether a list of a cell, or of none, holds a number."""
    return len(cell) == 1 and NUMBER.fullmatch(cell[0].strip()) is not None
