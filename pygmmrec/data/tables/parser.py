"""Delimited text to columns, by pyarrow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from pygmmrec.data.tables.content import open_bytes
from pygmmrec.data.tables.dialect import QUOTED_BY, Dialect

UNIT = "\x1f"
"""Stands for a delimiter of several characters while pyarrow reads, which knows single ones only."""

BLOCK = 1 << 20
LARGEST_BLOCK = 1 << 30


@dataclass(frozen=True)
class Parser:
    """Reads columns of one file.

    Args:
        path: The file.
        dialect: How it is to be read.
        num_columns: Cells in each line.
        encoding: Of its text.
        quoted: Whether cells may hold ends of lines, in quotes.
    """

    path: Path
    dialect: Dialect
    num_columns: int
    encoding: str
    quoted: bool

    def read(
        self,
        columns: Sequence[int],
        faults: list[Any],
        *,
        whole: Collection[int] = (),
        threads: bool = True,
        block: int | None = None,
    ) -> pa.Table:
        """Some columns, each cell to the letter.

        Args:
            columns: Which, in this order.
            faults: Takes the rows of another width, which are left out.
            whole: Columns that are parsed as int64, instead of strings.
            threads: Whether to use every core. Then faults have no line numbers.
            block: Bytes at a time. (default: :data:`BLOCK`, and more for longer lines)

        Raises:
            pyarrow.ArrowInvalid: If this is no such table, or no text of that encoding.
        """
        block = block or BLOCK
        try:
            with open_bytes(self.path) as plain:
                return csv.read_csv(
                    self._plain(plain),
                    self._reading(threads, block),
                    self._parsing(faults),
                    self._converting(columns, whole),
                )
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or block >= LARGEST_BLOCK:
                raise
        faults.clear()  # a line was longer than a block
        return self.read(columns, faults, whole=whole, threads=threads, block=min(8 * block, LARGEST_BLOCK))

    def _plain(self, file: Any) -> Any:
        """The file, in which one character stands between cells."""
        if len(self.dialect.delimiter) == 1:
            return file
        return _Replaced(file, self.dialect.delimiter.encode(self.encoding), UNIT.encode(self.encoding))

    def _reading(self, threads: bool, block: int) -> csv.ReadOptions:
        return csv.ReadOptions(
            use_threads=threads,
            block_size=block,
            column_names=[str(number) for number in range(self.num_columns)],  # a name may be there twice
            skip_rows=int(self.dialect.header is not None),
            encoding="utf8" if self.encoding == "utf-8" else self.encoding,
        )

    def _parsing(self, faults: list[Any]) -> csv.ParseOptions:
        def skip(row: Any) -> str:
            faults.append(row)
            return "skip"

        delimiter = self.dialect.delimiter
        return csv.ParseOptions(
            delimiter=delimiter if len(delimiter) == 1 else UNIT,
            quote_char='"' if delimiter in QUOTED_BY else False,
            newlines_in_values=self.quoted,
            invalid_row_handler=skip,
        )

    def _converting(self, columns: Sequence[int], whole: Collection[int]) -> csv.ConvertOptions:
        types = {str(number): pa.int64() if number in whole else pa.string() for number in columns}
        return csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            strings_can_be_null=False,
            check_utf8=False,  # of texts only, later: numbers need no look
        )


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
        data = (self._left + raw).replace(self._old, self._new)
        tail = data[data.rfind(self._new) + 1 :]
        halves = (n for n in range(len(self._old) - 1, 0, -1) if raw and tail.endswith(self._old[:n]))
        keep = next(halves, 0)
        self._left, done = data[len(data) - keep :], data[: len(data) - keep]
        return done if done or not raw else self.read(size)
