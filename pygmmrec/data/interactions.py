"""A table of who interacted with what, as checked numpy columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import Dataset
from torch_geometric.data import HeteroData

from pygmmrec.data.columns import Columns, known_names, wanted_columns
from pygmmrec.data.tables.read import Paths, read_table
from pygmmrec.data.values.frames import as_frame, check_same_index, frame_names
from pygmmrec.data.values.numbers import LABELS
from pygmmrec.data.values.pairs import is_sparse, pairs_of
from pygmmrec.data.values.table import clean
from pygmmrec.utils.check import check


@dataclass(frozen=True, eq=False, repr=False)
class Interactions:
    """One row per interaction; the columns become numpy arrays of one length.

    Values are taken as they are or refused, never changed on the way. What an id may be stands at
    :func:`~pygmmrec.data.values.ids.as_ids`.

    Args:
        user: Raw user ids of any hashable type, none missing.
        item: Raw item ids, likewise.
        label: 0 (train), 1 (valid) or 2 (test) per row, for a published split.
        rating: A finite number per row.
        timestamp: A finite number per row, of any unit; or dates of any library, or texts in ISO 8601, which
            become seconds since 1970 in UTC with their fractions.

    Raises:
        ValueError: If a column has another length or type, a value is missing or not valid, a label has no
            meaning, or columns of pandas have different indices.
    """

    user: np.ndarray
    item: np.ndarray
    label: np.ndarray | None = None
    rating: np.ndarray | None = None
    timestamp: np.ndarray | None = None

    def __post_init__(self) -> None:
        given = dict(self._columns())
        check_same_index(given, self)
        for name in ("user", "item"):
            check(name in given, name, "a column of ids", self, None)
        for name, values in given.items():
            object.__setattr__(self, name, clean(name, values, name, self))
            num_rows, requirement = len(getattr(self, name)), f"as long as 'user' ({len(self.user)} rows)"
            check(num_rows == len(self.user), name, requirement, self, f"{num_rows} rows")

    @classmethod
    def from_table(cls, table: Any, columns: Columns | None = None) -> Interactions:
        """Read a frame of pandas, polars or pyarrow, or a mapping from column names to columns.

        Raises:
            ValueError: If a column that has to be there is not, or a value is not valid.
        """
        where = "Interactions.from_table"
        table = as_frame(table, where)
        names = frame_names(table)
        check(names is not None, "table", "a frame or a mapping", where, type(table).__name__)
        wanted = wanted_columns(columns or Columns(), names or [], where)
        return cls(**{field: table[name] for field, name in wanted.items()})

    @classmethod
    def from_file(
        cls,
        path: Paths,
        columns: Columns | None = None,
        *,
        delimiter: str | None = None,
        header: bool | None = None,
        encoding: str = "utf-8",
    ) -> Interactions:
        """Read a file, all files of a folder or of a pattern such as ``plays/*.csv``, or a list of files.

        Text of any delimiter, Parquet, Feather and JSON lines, told apart by the suffix; text and JSON may be
        compressed (``.gz``, ``.bz2``, ``.zst``, ``.lz4``). Ids of text files become integers where all of a
        column are (without leading zeros), else stay strings; typed files say what they are. White space
        around an id is an error. Cells may stand in quotes where commas or semicolons separate them;
        elsewhere they are read to the letter, and quotes are an error.

        Args:
            path: Where the table is.
            columns: Names of the columns. A file without a header has the columns ``0``, ``1``, and so on;
                of two, they are users and items, of four, ratings and timestamps too.
            delimiter: Between two cells, such as ``","`` or ``"::"``. (default: found)
            header: Whether the first line names the columns. (default: found)
            encoding: Of a text file. (default: ``utf-8``)

        Raises:
            ValueError: If a file is missing, empty, ragged or damaged, a delimiter or header is not plain to
                see, a column is absent, or a value is not valid; the message names the file.
        """
        where, shown = "Interactions.from_file", str(path) if isinstance(path, Path) else path
        fine = delimiter is None or (isinstance(delimiter, str) and not set(delimiter) & set('\r\n"'))
        requirement = "one or more characters, no quote and no end of line"
        check(fine and delimiter != "", "delimiter", requirement, where, delimiter)
        wanted: dict[str, str] = {}

        def select(names: list[str]) -> list[str]:
            wanted.clear()
            wanted.update(wanted_columns(columns or Columns(), names, str(shown)))
            return list(wanted.values())

        table = read_table(
            path, known_names(columns), select, delimiter=delimiter, header=header, encoding=encoding
        )
        return cls._of(
            {field: clean(field, table[name], f"{field} of {shown}", where) for field, name in wanted.items()}
        )

    def take(self, rows: np.ndarray) -> Interactions:
        """The table of the given rows: positions, or a boolean mask."""
        index = np.flatnonzero(rows) if rows.dtype == bool else rows
        return self._of({name: column.take(index) for name, column in self._columns()})

    @classmethod
    def _of(cls, columns: Mapping[str, np.ndarray]) -> Interactions:
        """A table of columns of one length that are clean already."""
        table = object.__new__(cls)
        for field in fields(cls):
            object.__setattr__(table, field.name, columns.get(field.name))
        return table

    def part(self, name: str) -> Interactions:
        """The rows of one part of a labelled table: ``"train"``, ``"valid"`` or ``"test"``."""
        return self.take(np.asarray(self.label == LABELS[name]))

    def _columns(self) -> Iterator[tuple[str, np.ndarray]]:
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return ((name, column) for name, column in named if column is not None)

    def __len__(self) -> int:
        return len(self.user)

    def __repr__(self) -> str:
        return f"Interactions({len(self)} rows: {', '.join(name for name, _ in self._columns())})"


def _joined(parts: Mapping[str, Interactions]) -> Interactions:
    """One table of the parts of a split, whose labels say which part a row is of."""
    columns = {name: {column for column, _ in part._columns()} - {"label"} for name, part in parts.items()}
    requirement = "tables of the same columns for each part of the split"
    first, *others = columns.values()
    same = all(other == first for other in others)
    check(same, "interactions", requirement, "read_interactions", columns)
    label = np.concatenate([np.full(len(part), LABELS[name]) for name, part in parts.items()])
    joined = {name: _concatenated([getattr(part, name) for part in parts.values()]) for name in sorted(first)}
    return Interactions._of({**joined, "label": label.astype(np.int64)})


def _concatenated(columns: list[np.ndarray]) -> np.ndarray:
    """Columns one below the other; ids that are integers in one and texts in another stay what they are."""
    mixed = len({column.dtype.kind for column in columns} & {"O", "i"}) > 1
    return np.concatenate([column.astype(object) if mixed else column for column in columns])


def read_interactions(source: Any, columns: Columns | None = None) -> Interactions:
    """Interactions from whatever holds them.

    Args:
        source: :class:`Interactions`; a path of a file, folder or pattern, see
            :meth:`Interactions.from_file`; a frame of pandas, polars or pyarrow; a mapping from column names
            to columns; arrays ``(users, items)`` or ``(users, items, labels)``; a sparse matrix [U, I] of
            SciPy or torch, whose values are ratings unless all are one; or one of these for each part of a
            published split, ``{"train": ..., "valid": ..., "test": ...}``.
        columns: The names of the columns of a file, frame or mapping (default: those of ``.inter``).

    Raises:
        ValueError: If the source is none of these, or is not valid.
    """
    if isinstance(source, Interactions):
        return source
    if is_sparse(source):
        user, item, value = pairs_of(source, "read_interactions")
        return Interactions(user, item, rating=value)
    if isinstance(source, Mapping) and source and set(source) <= set(LABELS):
        return _joined({name: read_interactions(part, columns) for name, part in source.items()})
    if isinstance(source, (str, PathLike)):
        return Interactions.from_file(source, columns)
    is_graph = isinstance(source, (HeteroData, Dataset))
    remedy = "It holds a graph that is built already; see relabel for another split." if is_graph else ""
    requirement = "Interactions, a path, a frame, a mapping or arrays (users, items[, labels])"
    arrays = isinstance(source, (tuple, list)) and len(source) in (2, 3)
    if not is_graph and not arrays:
        source = as_frame(source, "read_interactions")  # once: a stream is read only once
    frame = not is_graph and not arrays and frame_names(source) is not None
    check(arrays or frame, "interactions", requirement, "read_interactions", type(source).__name__, remedy)
    return Interactions(*source) if arrays else Interactions.from_table(source, columns)
