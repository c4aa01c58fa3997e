"""Delimited text files, plain or compressed, as tables of strings."""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pygmmrec.data.tables.dialect import QUOTED_BY, Dialect, find_dialect
from pygmmrec.data.values.arrow import cell_bytes
from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check

SAMPLE = 1 << 16
"""Bytes by which a file is known."""

UNIT = "\x1f"
"""Stands for a delimiter of several characters while pyarrow reads, which knows single ones only."""

BLOCK = 1 << 20
LARGEST_BLOCK = 1 << 30


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
    table = _read(path, dialect, names, wanted, encoding)
    for name in wanted:
        _check_text(table[name], path, encoding)
        _check_quotes(_quoted(table[name], dialect), dialect, f"{name} of {path}")
    return table


COMPRESSED = (".gz", ".bz2", ".zst", ".lz4")


def kind_of(path: Path) -> str:
    """The suffix of a file, without that of a compression."""
    return Path(path.stem).suffix if path.suffix in COMPRESSED else path.suffix


def _first_lines(path: Path, encoding: str) -> list[str]:
    with _bytes(path) as file:
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


def _read(path: Path, dialect: Dialect, names: list[str], wanted: list[str], encoding: str) -> pa.Table:
    """The columns, as strings, with every core; once more with one where a row has no number otherwise."""
    quoted = dialect.delimiter in QUOTED_BY and _has_quotes(path)
    read = partial(_parse, path, dialect, names, wanted, encoding, quoted)
    faults: list[Any] = []
    table = read(faults, threads=True)
    if faults:
        faults.clear()
        read(faults, threads=False)
        row = faults[0]
        value = f"{row.actual_columns} columns in line {row.number} of {str(path)!r}"
        requirement = f"a file of {len(names)} columns in each line"
        check(False, "path", requirement, "read_table", value, "Mend or remove that line.")
    if not quoted:
        _check_blank_lines(path, table.num_rows + (dialect.header is not None))
    return table.rename_columns(wanted)


def _parse(
    path: Path,
    dialect: Dialect,
    names: list[str],
    wanted: list[str],
    encoding: str,
    quoted: bool,
    faults: list[Any],
    *,
    threads: bool,
    block: int = BLOCK,
) -> pa.Table:
    delimiter, quotes = dialect.delimiter, dialect.delimiter in QUOTED_BY

    def skip(row: Any) -> str:
        faults.append(row)
        return "skip"

    numbered = [f"{number} {name}" for number, name in enumerate(names)]  # a name may be there twice
    parse = csv.ParseOptions(
        delimiter=delimiter if len(delimiter) == 1 else UNIT,
        quote_char='"' if quotes else False,
        newlines_in_values=quoted,
        invalid_row_handler=skip,
    )
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(numbered, pa.string()),
        include_columns=[numbered[names.index(name)] for name in wanted],
        strings_can_be_null=False,
        check_utf8=False,  # of texts only, below: numbers need no look
    )
    options = csv.ReadOptions(
        use_threads=threads,
        block_size=block,
        column_names=numbered,
        skip_rows=int(dialect.header is not None),
        encoding="utf8" if encoding == "utf-8" else encoding,
    )
    try:
        with _bytes(path) as plain:
            units = delimiter.encode(encoding), UNIT.encode(encoding)
            file = plain if len(delimiter) == 1 else _Replaced(plain, *units)
            return csv.read_csv(file, options, parse, convert)
    except pa.ArrowInvalid as error:
        if "straddling" in str(error) and block < LARGEST_BLOCK:  # a line longer than a block
            again = partial(_parse, path, dialect, names, wanted, encoding, quoted, faults, threads=threads)
            return again(block=min(8 * block, LARGEST_BLOCK))
        if "UTF8" in str(error) or "UTF-8" in str(error):
            raise _no_text(path, encoding) from error
        message = f"'path' needs to be a table in 'read_table' (got {str(path)!r}: {error})"
        raise ValueError(message) from error
    except (UnicodeDecodeError, LookupError) as error:
        raise _no_text(path, encoding) from error


def _has_quotes(path: Path) -> bool:
    """Whether cells below the first line may stand in quotes, and so hold ends of lines."""
    with _content(path) as content:
        return bool(content.find(b'"', content.find(b"\n")) >= 0)


def _check_blank_lines(path: Path, num_lines: int) -> None:
    """Blank lines, which pyarrow skips, stand at the end only.

    Args:
        path: A file whose cells hold no ends of lines.
        num_lines: Its lines that are not blank.

    Raises:
        ValueError: If one stands elsewhere.
    """
    with _content(path) as content:
        raw = np.frombuffer(content, dtype=np.uint8)
        ends = max(int(np.count_nonzero(raw == ord(end))) for end in "\n\r")
        lines = ends + (raw[-1] not in b"\r\n")
        del raw  # or the file could not be closed
        if lines <= num_lines:
            return
        for blank in (b"\n\n", b"\r\n\r\n", b"\r\r"):
            at = content.find(blank)
            if at >= 0 and content[at : at + SAMPLE].strip(b"\r\n"):
                line = len(content[:at].splitlines()) + 1
                value = f"line {line} of {str(path)!r}"
                requirement = "free of blank lines but at its end"
                check(False, "path", requirement, "read_table", value, "Remove that line.")


@contextmanager
def _content(path: Path) -> Iterator[Any]:
    """All bytes of a file, mapped into memory where it is not packed."""
    with _bytes(path) as file:
        if path.suffix in COMPRESSED:
            yield file.read()
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content


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


@contextmanager
def _bytes(path: Path) -> Iterator[Any]:
    with (
        pa.input_stream(str(path), compression="detect")
        if path.suffix in COMPRESSED
        else open(path, "rb") as file
    ):
        yield file


class _Replaced:
    """A file whose delimiter of several characters is another one, for pyarrow."""

    def __init__(self, file: Any, old: bytes, new: bytes) -> None:
        self._file, self._old, self._new, self._left = file, old, new, b""
        self.closed = False

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True

    def read(self, size: int = -1) -> bytes:
        """At least one byte until the end; half a delimiter waits for its other half."""
        raw = self._file.read(size)
        data = self._left + raw
        keep = (
            0
            if not raw
            else next((n for n in range(len(self._old) - 1, 0, -1) if data.endswith(self._old[:n])), 0)
        )
        self._left = data[len(data) - keep :]
        done = data[: len(data) - keep].replace(self._old, self._new)
        return done if done or not raw else self.read(size)
