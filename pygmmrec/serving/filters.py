"""Which items have what somebody wants, by what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pygmmrec.bundles.columns import Column, to_column
from pygmmrec.data.node_info import NodeInfo
from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check

Filter: TypeAlias = Mapping[str, Any] | pc.Expression
"""Columns and what is wanted of each: a value, a list of values of which any will do, or a function that says
whether a value will do. Or an expression of :mod:`pyarrow.compute` over the columns."""

SEVERAL = (list, tuple, set, frozenset, range, np.ndarray)


class Filters:
    """Answers which nodes pass a filter. Columns are read into Arrow once.

    Args:
        info: What is known of the nodes; ``None`` knows nothing.
    """

    def __init__(self, info: NodeInfo | None) -> None:
        self._info = info
        self._columns: dict[str, Column] = {}  # a thread that comes second writes the same again

    def passes(self, wanted: Filter) -> np.ndarray:
        """Which nodes pass all that is wanted.

        In a column of lists, such as genres, a list passes that has a wanted value. What is not known passes
        where ``None`` is wanted only. A function is asked about each value that is known, one by one; an
        expression looks at all at once.

        Shapes:
            - **output:** [N] bool

        Raises:
            ValueError: If there is no such column, or it has no values of such a type.
        """
        remedy = "Set data['item'].info = NodeInfo.from_table(table, data['item'].raw_id) before training"
        known = self._info is not None
        check(known, "filter", "None where nothing is known of the items", "Served", wanted, remedy)
        if isinstance(wanted, pc.Expression):
            return self._by_expression(wanted)
        is_mapping = isinstance(wanted, Mapping)
        check(is_mapping, "filter", "a mapping of columns, or an expression", "Served", wanted)
        masks = [self._by_column(name, value) for name, value in wanted.items()]
        return np.logical_and.reduce(masks) if masks else np.ones(len(self._info or ()), dtype=bool)

    def _by_expression(self, wanted: pc.Expression) -> np.ndarray:
        assert self._info is not None
        columns = {name: self._column(name).array for name in self._info.columns}
        table = pa.table([*columns.values(), np.arange(len(self._info))], names=[*columns, ROW])
        try:
            rows = table.filter(wanted).column(ROW).to_numpy()
        except pa.ArrowException as error:
            names = few(self._info.columns, 20)
            check(False, "filter", f"an expression over {names}", "Served", f"{wanted}: {error}")
            raise
        mask = np.zeros(len(self._info), dtype=bool)
        mask[rows] = True
        return mask

    def _by_column(self, name: str, wanted: Any) -> np.ndarray:
        assert self._info is not None
        known = name in self._info
        check(known, "filter", f"of columns {few(self._info.columns, 20)}", "Served", name)
        if callable(wanted):
            return _asked(wanted, self._info[name])
        values = list(wanted) if isinstance(wanted, SEVERAL) else [wanted]
        array, is_json = self._column(name)
        if is_json:
            return np.fromiter((_is_any(value, values) for value in self._info[name]), bool, len(array))
        lists = pa.types.is_list(array.type)
        kind = array.type.value_type if lists else array.type
        try:
            among = pa.array(values, type=kind)
            fits = among.to_pylist() == values  # Arrow makes 1960 of 1960.5
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            fits = False
        check(fits, f"filter[{name!r}]", f"values of type {kind}", "Served", wanted)
        if not lists:
            return _mask(pc.is_in(array, value_set=among))
        mask = _mask(pc.is_null(array)) if None in values else np.zeros(len(array), dtype=bool)
        rows = pc.list_parent_indices(array).to_numpy(zero_copy_only=False)
        mask[rows[_mask(pc.is_in(pc.list_flatten(array), value_set=among))]] = True
        return mask

    def _column(self, name: str) -> Column:
        assert self._info is not None
        if name not in self._columns:
            self._columns[name] = to_column(self._info[name], name)
        return self._columns[name]


ROW = "\0row"


def _asked(function: Callable[[Any], Any], values: list[Any]) -> np.ndarray:
    return np.fromiter((value is not None and bool(function(value)) for value in values), bool, len(values))


def _is_any(value: Any, wanted: list[Any]) -> bool:
    return value in wanted or (isinstance(value, (list, tuple)) and any(each in wanted for each in value))


def _mask(array: pa.Array) -> np.ndarray:
    mask: np.ndarray = array.to_numpy(zero_copy_only=False).astype(bool)
    return mask
