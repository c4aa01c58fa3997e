"""What is known of users or items besides their ids: titles, genres, prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
from torch import Tensor

from pygmmrec.data.columns import OTHERS, plain_name
from pygmmrec.data.ids import IdMap
from pygmmrec.data.tables.read import read_table
from pygmmrec.data.values.column import few
from pygmmrec.data.values.frames import as_frame, frame_names
from pygmmrec.data.values.table import clean
from pygmmrec.utils.check import check

TITLES = ("title", "name", "itemname", "username")
"""Columns that name a node, in small letters without signs."""


class NodeInfo:
    """Columns of values, one per node and in the order of the nodes; None where nothing is known.

    It sits in a :class:`~torch_geometric.data.HeteroData` as ``data['item'].info`` or ``data['user'].info``,
    beside ``raw_id``. No model reads it.

    Args:
        columns: Values by column: numbers, texts, booleans, lists of these, or None. All of one length.

    Raises:
        ValueError: If the columns have different lengths.
    """

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self._columns = {str(name): list(values) for name, values in columns.items()}
        lengths = {name: len(values) for name, values in self._columns.items()}
        check(len(set(lengths.values())) <= 1, "columns", "columns of one length", self, lengths)

    @classmethod
    def from_table(cls, table: Any, ids: IdMap, *, id_column: str | None = None) -> NodeInfo:
        """The rows of a table in the order of the nodes; rows of other ids are left out.

        Args:
            table: A path, see :meth:`~pygmmrec.data.Interactions.from_file`, a frame of any library, or a
                mapping of columns.
            ids: Of the nodes.
            id_column: Which column holds their ids. (default: the only one called ``id``, or as the field
                calls the ids of items and users)

        Raises:
            ValueError: If there is no such column, an id is there twice, or none is one of a node.
        """
        columns = read_columns(table)
        name = find_id_column(list(columns), id_column)
        rows = clean("item", columns.pop(name), f"column {name!r} of the table", "NodeInfo.from_table")
        place = ids.find(rows)
        known = place >= 0
        remedy = f"Ids of the graph are such as {few(ids.ids)}. Name the column of ids by id_column=..."
        value = few(rows.tolist())
        check(bool(known.any()), name, "a column of ids of the graph", "NodeInfo.from_table", value, remedy)
        repeated = few(ids.ids[i] for i in np.flatnonzero(np.bincount(place[known]) > 1).tolist())
        check(not repeated, name, "a column in which each id is once", "NodeInfo.from_table", repeated)
        source = np.full(len(ids), -1)
        source[place[known]] = np.flatnonzero(known)
        return cls({key: _taken(values, source) for key, values in columns.items()})

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._columns)

    @property
    def title(self) -> list[Any] | None:
        """The column that names the nodes, such as ``title`` or ``name``; None where there is none."""
        plain = {plain_name(name): name for name in self._columns}
        found = [plain[each] for each in TITLES if each in plain]
        return self._columns[found[0]] if found else None

    def subset(self, index: Tensor) -> NodeInfo:
        """Of some nodes [N], in that order."""
        picked = index.tolist()
        return NodeInfo({name: [values[i] for i in picked] for name, values in self._columns.items()})

    def __getitem__(self, column: str) -> list[Any]:
        check(column in self._columns, "column", f"one of {few(self._columns, 20)}", self, column)
        return self._columns[column]

    def __contains__(self, column: object) -> bool:
        return column in self._columns

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), []))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NodeInfo) and self._columns == other._columns

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} rows: {', '.join(self._columns)})"

    def __getstate__(self) -> dict[str, Any]:
        """Plain containers only, so that ``torch.load(weights_only=True)`` reads it."""
        return {"columns": self._columns}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._columns = state["columns"]


def read_columns(table: Any) -> dict[str, Any]:
    """The columns of a file, a frame or a mapping, by name.

    Raises:
        ValueError: If it is none of these, or two columns have one name.
    """
    if isinstance(table, (str, PathLike)) or _is_paths(table):
        table = read_table(table, (*TITLES, "id", *OTHERS["item"], *OTHERS["user"]), lambda names: names)
    else:
        table = as_frame(table, "read_columns")
    names = frame_names(table)
    requirement = "a path, a frame or a mapping of columns"
    check(names is not None, "table", requirement, "read_columns", type(table).__name__)
    twice = len(set(names or [])) != len(names or [])
    check(not twice, "table", "a table of columns of different names", "read_columns", few(names or []))
    return {name: table[name] for name in names or []}


def find_id_column(names: Sequence[str], given: str | None = None) -> str:
    """The column of ids: the one that is given, or the only one with a usual name.

    Raises:
        ValueError: If there is none, or there are several.
    """
    if given is not None:
        check(given in names, "id_column", f"one of {few(names, 20)}", "find_id_column", given)
        return given
    usual = ("id", *OTHERS["item"], *OTHERS["user"])
    found = [name for name in names if isinstance(name, str) and plain_name(name) in usual]
    exact = [name for name in found if plain_name(name) == "id"]
    chosen = exact if len(exact) == 1 else found
    remedy = f"Name it, as in id_column={(list(names) or ['id'])[0]!r}."
    requirement = "a table with one column of ids"
    check(len(chosen) == 1, "table", requirement, "find_id_column", few(names, 20), remedy)
    return chosen[0]


def _taken(values: Any, source: np.ndarray) -> list[Any]:
    """Values of rows by node, None where the row is -1."""
    listing = next((name for name in ("to_pylist", "tolist") if hasattr(values, name)), None)
    listed = list(values) if listing is None else getattr(values, listing)()
    return [None if row < 0 else listed[row] for row in source.tolist()]


def _is_paths(table: Any) -> bool:
    return isinstance(table, (list, tuple)) and all(isinstance(each, (str, PathLike)) for each in table)
