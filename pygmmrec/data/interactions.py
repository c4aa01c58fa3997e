"""A table of who interacted with what, as checked numpy columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from os import PathLike, fspath
from typing import Any, NamedTuple

import numpy as np

from pygmmrec.data.column import as_column, as_numbers, few
from pygmmrec.data.inter_file import read_columns
from pygmmrec.utils.check import check

LABELS = {"train": 0, "valid": 1, "test": 2}
"""Split labels: what the column ``x_label`` of a published split holds."""


class Columns(NamedTuple):
    """The names that a table gives its columns.

    ``user`` and ``item`` have to be there. Of the others, one that keeps its default name may be
    absent, one that was renamed may not, and None leaves a column out.
    """

    user: str = "userID"
    item: str = "itemID"
    rating: str | None = "rating"
    timestamp: str | None = "timestamp"
    label: str | None = "x_label"


@dataclass(frozen=True, eq=False, repr=False)
class Interactions:
    """One row per interaction; the columns become numpy arrays of one length.

    Args:
        user: Raw user ids of any hashable type, none missing.
        item: Raw item ids, likewise.
        label: 0 (train), 1 (valid) or 2 (test) per row, for a published split.
        rating: A finite number per row.
        timestamp: A finite number, or a numpy date, per row.

    Raises:
        ValueError: If a column has another length or type, or a label has no meaning.
    """

    user: np.ndarray
    item: np.ndarray
    label: np.ndarray | None = None
    rating: np.ndarray | None = None
    timestamp: np.ndarray | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            values = getattr(self, field.name)
            if values is None and field.name not in ("user", "item"):
                continue
            read = as_column if field.name in ("user", "item") else as_numbers
            column = read(values, field.name, self)
            requirement = f"as long as 'user' ({len(self.user)} rows)"
            check(len(column) == len(self.user), field.name, requirement, self, f"{len(column)} rows")
            object.__setattr__(self, field.name, column)
        if self.label is not None:
            unknown = np.setdiff1d(self.label, list(LABELS.values())).tolist()
            check(not unknown, "label", "0 (train), 1 (valid) or 2 (test) in each row", self, few(unknown))
            object.__setattr__(self, "label", self.label.astype(np.int64))
        if self.rating is not None:
            object.__setattr__(self, "rating", self.rating.astype(np.float32))

    @classmethod
    def from_table(cls, table: Any, columns: Columns | None = None) -> "Interactions":
        """Read a pandas frame, or a mapping from column names to columns.

        Raises:
            ValueError: If a column that has to be there is not.
        """
        columns = columns or Columns()
        wanted = wanted_columns(columns, list(table), "Interactions.from_table")
        return cls(**{field: table[name] for field, name in wanted.items()})

    @classmethod
    def from_file(
        cls, path: str | PathLike[str], columns: Columns | None = None, *, delimiter: str = "\t"
    ) -> "Interactions":
        """Read a text file with a header line, by default tab-separated (an ``.inter`` file).

        Ids become integers where all of a column are (without leading zeros), else stay strings.

        Raises:
            ValueError: If the file is missing, empty or ragged, or a column is absent or wrong.
        """
        columns = columns or Columns()
        table = read_columns(path, delimiter, lambda names: wanted_columns(columns, names, fspath(path)))
        return cls(**table)

    def take(self, rows: np.ndarray) -> "Interactions":
        """The table of the given rows: positions, or a boolean mask."""
        return Interactions(**{name: column[rows] for name, column in self._columns()})

    def part(self, name: str) -> "Interactions":
        """The rows of one part of a labelled table: ``"train"``, ``"valid"`` or ``"test"``."""
        return self.take(np.asarray(self.label == LABELS[name]))

    def _columns(self) -> Iterator[tuple[str, np.ndarray]]:
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return ((name, column) for name, column in named if column is not None)

    def __len__(self) -> int:
        return len(self.user)

    def __repr__(self) -> str:
        return f"Interactions({len(self)} rows: {', '.join(name for name, _ in self._columns())})"


def wanted_columns(columns: Columns, present: Iterable[str], where: str) -> dict[str, str]:
    """Field -> column name, for the columns of ``columns`` that a table holds.

    Raises:
        ValueError: If a column that has to be there is not.
    """
    names = list(present)
    wanted: dict[str, str] = {}
    for field, name in columns._asdict().items():
        if name is not None and name in names:
            wanted[field] = name
            continue
        needed = field in ("user", "item") or (name is not None and name != Columns._field_defaults[field])
        remedy = f"Name the column to use, as in columns=Columns({field}={few(names, 1)[0]!r})."
        remedy = remedy if names else ""
        check(not needed, f"columns.{field}", f"one of the columns {names}", where, name, remedy)
    return wanted


def read_interactions(source: Any, columns: Columns | None = None) -> Interactions:
    """Interactions from whatever holds them.

    Args:
        source: :class:`Interactions`; the path of an ``.inter`` file; a pandas frame or a mapping
            from column names to columns; or arrays ``(users, items)`` or ``(users, items, labels)``.
        columns: The names of the columns of a file, frame or mapping (default: those of ``.inter``).

    Raises:
        ValueError: If the source is none of these, or is not valid.
    """
    if isinstance(source, Interactions):
        return source
    if isinstance(source, (str, PathLike)):
        return Interactions.from_file(source, columns)
    if hasattr(source, "keys") and hasattr(source, "__getitem__"):
        return Interactions.from_table(source, columns)
    requirement = "Interactions, a path, a frame, a mapping or arrays (users, items[, labels])"
    arrays = isinstance(source, (tuple, list)) and len(source) in (2, 3)
    check(arrays, "interactions", requirement, "read_interactions", type(source).__name__)
    return Interactions(*source)
