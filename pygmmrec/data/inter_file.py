"""Reads a delimited text file column by column, without a Python loop over its rows."""

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path

import numpy as np

from pygmmrec.utils.check import check


def read_columns(
    path: str | PathLike[str], delimiter: str, select: Callable[[list[str]], dict[str, str]]
) -> dict[str, np.ndarray]:
    """Read the columns that ``select`` picks from a file with a header line.

    Args:
        path: A UTF-8 text file, one row per line.
        delimiter: What stands between two columns, one character.
        select: Column names -> which to read, as (name in the result -> column name).

    Returns:
        Columns of int64 where every value is an integer without leading zeros, else of strings.

    Raises:
        ValueError: If the file is missing, no text, empty, or a line has too few or many columns.
    """
    where = fspath(path)
    check(Path(path).is_file(), "path", "an existing file", "read_columns", where)
    try:
        text = Path(path).read_bytes().decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"'path' needs to be a UTF-8 text file in 'read_columns' (got {where!r})") from error
    header, _, body = text.partition("\n")
    names = header.split(delimiter)
    wanted = select(names)
    check(bool(body), "path", "a file with rows below its header", "read_columns", where)
    _check_width(body, delimiter, len(names), where)
    cells = body.replace("\n", delimiter).split(delimiter)
    return {key: _column(cells[names.index(name) :: len(names)]) for key, name in wanted.items()}


def _check_width(body: str, delimiter: str, width: int, where: str) -> None:
    """Each line has ``width`` columns, else an error that names the first line that has not."""
    raw = np.frombuffer(body.encode(), dtype=np.uint8)
    ends = np.append(np.flatnonzero(raw == ord("\n")), raw.size)
    found = np.searchsorted(np.flatnonzero(raw == ord(delimiter)), ends)
    wrong = np.flatnonzero(np.diff(found, prepend=0) != width - 1)
    if wrong.size:
        line = int(wrong[0])
        count = int(np.diff(found, prepend=0)[line]) + 1
        value = f"{count} columns in line {line + 2} of {where!r}"
        check(False, "path", f"a file of {width} columns in each line", "read_columns", value)


def _column(cells: list[str]) -> np.ndarray:
    column = np.asarray(cells)
    try:
        whole = column.astype(np.int64)
    except (ValueError, OverflowError):
        return column.astype(object)
    return whole if bool((whole.astype(column.dtype) == column).all()) else column.astype(object)
