"""Delimited text files, plain or compressed, as tables of strings and whole numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pygmmrec.data.tables.content import Layout, kind_of, layout_of, open_bytes, whole_content
from pygmmrec.data.tables.dialect import QUOTED_BY, Dialect, find_dialect
from pygmmrec.data.tables.parser import Parser
from pygmmrec.data.tables.whole import is_exact, whole_columns
from pygmmrec.data.values.arrow import cell_bytes, integers, joined
from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check

SAMPLE = 1 << 16
"""Bytes by which a file is known."""


def read_text(
    path: Path,
    known: tuple[str, ...],
    select: Callable[[list[str]], list[str]],
    delimiter: str | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
) -> pa.Table:
    """Some columns of a text file, each cell to the letter.

    Args:
        path: The file; ``.gz``, ``.bz2``, ``.zst`` and ``.lz4`` are unpacked on the way.
        known: Names that columns have.
        select: Names of the columns -> those to read.
        delimiter: Between two cells (default: found).
        header: Whether the first line names the columns (default: found). Where it does not, columns are
            called ``0``, ``1``, and so on.
        encoding: Of the text.

    Raises:
        ValueError: If the file is empty, no text of that encoding, or a line has too few or many cells.
    """
    lines = _first_lines(path, encoding)
    dialect = find_dialect(lines, kind_of(path), delimiter, header, known, str(path))
    names = dialect.header or [str(number) for number in range(len(dialect.cells(lines[0])))]
    rows = len(lines) - (dialect.header is not None)
    check(rows > 0, "path", "a file with rows below its header", "read_table", str(path))
    _check_quotes(names if dialect.header else [], dialect, f"header of {path}")
    wanted = select(names)
    sample = [dialect.cells(line) for line in lines[-rows:]]
    table = _read(path, dialect, sample, encoding, [names.index(name) for name in wanted])
    table = table.rename_columns(wanted)
    for name in wanted:
        if pa.types.is_string(table[name].type):
            _check_text(table[name], path, encoding)
            _check_quotes(_quoted(table[name], dialect), dialect, f"{name} of {path}")
    return _with_numbers(table)


def _with_numbers(table: pa.Table) -> pa.Table:
    """The table, in which texts are int64 where all of a column are, as everybody writes these."""
    for place, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        found = integers(joined(column))
        if found is not None:
            table = table.set_column(place, name, pa.array(found))
    return table


def _first_lines(path: Path, encoding: str) -> list[str]:
    with open_bytes(path) as file:
        raw, more = file.read(SAMPLE), file.read(1)
        while more and raw.count(b"\n") + raw.count(b"\r") < 2:  # of very long lines
            raw, more = raw + more + file.read(len(raw)), file.read(1)
        whole = not more
    try:
        text = raw.decode("utf-8-sig" if encoding == "utf-8" else encoding, "strict" if whole else "ignore")
    except (UnicodeDecodeError, LookupError) as error:
        raise _no_text(path, encoding) from error
    lines = re.split(r"\r\n|\n|\r", text)
    lines = lines if whole else lines[: max(1, len(lines) - 1)]  # the last one may be torn
    while lines and not lines[-1]:
        lines.pop()
    check(bool(lines), "path", "a file with rows below its header", "read_table", str(path))
    if "\0" in lines[0]:
        raise _no_text(path, encoding)
    return lines


def _no_text(path: Path, encoding: str) -> ValueError:
    remedy = "Save it as UTF-8, or say what it is, as in encoding='latin-1'."
    return ValueError(
        f"'path' needs to be a text file in {encoding} in 'read_table' (got {str(path)!r}). {remedy}"
    )


def _read(path: Path, dialect: Dialect, rows: list[list[str]], encoding: str, wanted: list[int]) -> pa.Table:
    """The columns that are wanted: strings, or int64 where that says the same to the byte."""
    with whole_content(path) as content:
        layout = layout_of(content)
        # Cells below the first line may stand in quotes, and so hold ends of lines.
        quoted = dialect.delimiter in QUOTED_BY and content.find(b'"', layout.first) >= 0
    num_columns = len(dialect.header or rows[0])
    parser = Parser(path, dialect, num_columns, encoding, quoted)
    table = None if quoted else _read_whole(parser, rows, layout)
    table = _read_strings(parser, wanted) if table is None else table.select(wanted)
    if not quoted:
        _check_blank_lines(path, layout, table.num_rows + (dialect.header is not None))
    return table


def _read_whole(parser: Parser, rows: list[list[str]], layout: Layout) -> pa.Table | None:
    """All columns, of which some are whole numbers; ``None`` if they say less than the file."""
    whole, faults = whole_columns(rows), list[Any]()
    if not whole:
        return None
    try:
        table = parser.read(range(parser.num_columns), faults, whole=whole)
    except (pa.ArrowInvalid, UnicodeDecodeError, LookupError):  # as strings, it is told what is wrong
        return None
    dialect = parser.dialect
    header, delimiter = dialect.header is not None, len(dialect.delimiter.encode(parser.encoding))
    exact = not faults and is_exact(table, layout, header=header, delimiter=delimiter)
    return table if exact else None


def _read_strings(parser: Parser, wanted: list[int]) -> pa.Table:
    """With every core; once more with one where a row has no number otherwise."""
    faults: list[Any] = []
    try:
        table = parser.read(wanted, faults)
        if faults:
            faults.clear()
            parser.read(wanted, faults, threads=False)
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error) or "UTF-8" in str(error):
            raise _no_text(parser.path, parser.encoding) from error
        message = f"'path' needs to be a table in 'read_table' (got {str(parser.path)!r}: {error})"
        raise ValueError(message) from error
    except (UnicodeDecodeError, LookupError) as error:
        raise _no_text(parser.path, parser.encoding) from error
    if faults:
        row = faults[0]
        value = f"{row.actual_columns} columns in line {row.number} of {str(parser.path)!r}"
        requirement = f"a file of {parser.num_columns} columns in each line"
        check(False, "path", requirement, "read_table", value, "Mend or remove that line.")
    return table


def _check_blank_lines(path: Path, layout: Layout, num_lines: int) -> None:
    """Blank lines, which pyarrow skips, stand at the end only.

    Args:
        path: A file whose cells hold no ends of lines.
        layout: Its own.
        num_lines: Its lines that are not blank.

    Raises:
        ValueError: If one stands elsewhere.
    """
    if layout.num_lines <= num_lines:
        return
    with whole_content(path) as content:
        for blank in (b"\n\n", b"\r\n\r\n", b"\r\r"):
            at = content.find(blank)
            if at >= 0 and content[at : at + SAMPLE].strip(b"\r\n"):
                line = len(content[:at].splitlines()) + 1
                value = f"line {line} of {str(path)!r}"
                requirement = "free of blank lines but at its end"
                check(False, "path", requirement, "read_table", value, "Remove that line.")


def _check_text(column: pa.ChunkedArray, path: Path, encoding: str) -> None:
    """Bytes of ASCII are text in every encoding; others are looked at."""
    for chunk in column.chunks:
        if len(chunk) > 0 and cell_bytes(chunk).max(initial=0) > 127:
            try:
                chunk.validate(full=True)
            except pa.ArrowInvalid as error:
                raise _no_text(path, encoding) from error


def _quoted(column: pa.ChunkedArray, dialect: Dialect) -> list[str]:
    if dialect.delimiter in QUOTED_BY:
        return []
    cells: list[str] = column.filter(pc.starts_with(column, '"')).slice(0, 6).to_pylist()
    return cells


def _check_quotes(cells: list[str], dialect: Dialect, arg: str) -> None:
    quoted = [] if dialect.delimiter in QUOTED_BY else [cell for cell in cells if cell[:1] == '"']
    remedy = "Write the file without quotes, or separated by commas, where quotes have a meaning."
    check(not quoted, arg, "free of quoted cells", "read_table", few(quoted), remedy)
