"""Reads a delimited text file column by column."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from os import PathLike, fspath
from pathlib import Path

import numpy as np

from pygmmrec.data.values.column import INT64_MAX, few
from pygmmrec.utils.check import check

INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")
"""An integer as everybody writes it; ``007``, ``+1`` and ``1_0`` stay texts."""

DELIMITERS = ("\t", ",", ";", "|", "::", " ")


def read_columns(
    path: str | PathLike[str], delimiter: str, select: Callable[[list[str]], dict[str, str]]
) -> dict[str, np.ndarray]:
    """Read the columns that ``select`` picks from a file with a header line.

    Lines end as on any system. Cells are what stands between two delimiters, to the letter; cells in quotes
    are refused, since nobody but a reader of CSV could say what they mean.

    Args:
        path: A UTF-8 text file, one row per line.
        delimiter: What stands between two columns, such as a tab, ``","`` or ``"::"``.
        select: Column names -> which to read, as (name in the result -> column name).

    Returns:
        Columns of int64 where every value is an integer without leading zeros, else of strings.

    Raises:
        ValueError: If the file is missing, no text, empty or delimited otherwise, a line has too few or many
            columns, or a cell is quoted.
    """
    where = fspath(path)
    fine = isinstance(delimiter, str) and delimiter != "" and not set(delimiter) & set('\r\n"')
    check(fine, "delimiter", "one or more characters, no quote and no end of line", "read_columns", delimiter)
    check(Path(path).is_file(), "path", "an existing file", "read_columns", where)
    header, _, body = _text(path, where).partition("\n")
    check(bool(body), "path", "a file with rows below its header", "read_columns", where)
    names = header.split(delimiter)
    _check_delimiter(header, delimiter, where)
    _check_quotes(names, f"header of {where}")
    wanted = select(names)
    lines = body.split("\n")
    _check_width(lines, delimiter, len(names), where)
    cells = list(chain.from_iterable(line.split(delimiter) for line in lines))
    columns = {key: cells[names.index(name) :: len(names)] for key, name in wanted.items()}
    return {key: _column(column, f"{key} of {where}") for key, column in columns.items()}


def _text(path: str | PathLike[str], where: str) -> str:
    raw = Path(path).read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = "Save it as UTF-8."
        message = f"'path' needs to be a UTF-8 text file in 'read_columns' (got {where!r}). {remedy}"
        raise ValueError(message) from error
    return (text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")).rstrip("\n")


def _check_delimiter(header: str, delimiter: str, where: str) -> None:
    """A header of one column that holds another delimiter is a file of that delimiter."""
    others = [other for other in DELIMITERS if other in header] if delimiter not in header else []
    if others:
        remedy = f"Read it with Interactions.from_file(path, delimiter={others[0]!r})."
        value = f"the header {few([header])} of {where!r}"
        check(False, "path", f"a file delimited by {delimiter!r}", "read_columns", value, remedy)


def _check_width(lines: list[str], delimiter: str, width: int, where: str) -> None:
    """Each line has ``width`` columns, else an error that names the first line that has not."""
    for number, line in enumerate(lines, start=2):
        count = line.count(delimiter) + 1
        if count != width:
            value = f"{count} columns in line {number} of {where!r}"
            remedy = "Mend or remove that line."
            check(False, "path", f"a file of {width} columns in each line", "read_columns", value, remedy)


def _check_quotes(cells: list[str], arg: str) -> None:
    quoted = [cell for cell in cells if cell[:1] == '"']
    remedy = "Write the file without quotes, or read it with pandas and give the frame."
    check(not quoted, arg, "free of quoted cells", "read_columns", few(quoted), remedy)


def _column(cells: list[str], arg: str) -> np.ndarray:
    _check_quotes(cells, arg)
    if all(map(INTEGER.fullmatch, cells)):
        whole = [int(cell) for cell in cells]
        if max(whole) <= INT64_MAX and min(whole) >= -INT64_MAX:
            return np.array(whole, dtype=np.int64)
    return np.fromiter(cells, dtype=object, count=len(cells))
