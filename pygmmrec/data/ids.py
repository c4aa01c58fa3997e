"""The two-way map between raw ids and node indices."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pygmmrec.data.values.column import INT64_MAX, few, find_integers
from pygmmrec.data.values.ids import as_ids
from pygmmrec.utils.check import check


class IdMap:
    """Raw ids of any hashable type, each with the index of its node.

    What an id may be stands at :func:`~pygmmrec.data.values.ids.as_ids`; ids come back as they were given.

    The map sits in a :class:`~torch_geometric.data.HeteroData` as ``data['user'].raw_id`` and
    ``data['item'].raw_id``. Ids that are the integers 0 to n-1, in order, cost no memory.

    Args:
        ids: The raw ids, position = node index; no id may repeat.

    Raises:
        ValueError: If an id is missing or not valid, or there twice, or the ids have no order, as in a set.
    """

    ids: Sequence[Hashable]
    """The raw ids, in the order of their indices."""

    def __init__(self, ids: Iterable[Hashable]) -> None:
        self.ids = ids if isinstance(ids, range) and ids == range(len(ids)) else _sequence(ids)
        self._position: dict[Hashable, int] | None = None
        self._integers: np.ndarray | None = None
        if not isinstance(self.ids, range) and len(self._positions()) < len(self.ids):
            position = self._positions()  # of the last occurrence, so the others are the repeats
            repeated = [raw for index, raw in enumerate(self.ids) if position[raw] != index]
            check(False, "ids", "free of duplicates", self, few(repeated), "Give each id once.")

    def index(self, raw_ids: Iterable[Hashable] | np.ndarray | Tensor) -> Tensor:
        """The node indices of ``raw_ids``, int64, in the shape of a given array or tensor.

        Raises:
            ValueError: If an id is not in the map.
        """
        flattened = raw_ids.reshape(-1) if isinstance(raw_ids, (np.ndarray, Tensor)) else raw_ids
        column = as_ids(flattened, "raw_ids", self)
        index = torch.from_numpy(self.find(column))
        unknown = (index < 0).numpy()
        if unknown.any():
            names = few(dict.fromkeys(column[unknown].tolist()))
            held = type(self.ids[0]).__name__ if len(self) else "no"
            remedy = f"The map holds {len(self)} ids of type {held}, such as {few(self.ids)}."
            check(False, "raw_ids", "known ids", self, names, remedy)
        return index.view(raw_ids.shape) if isinstance(raw_ids, (np.ndarray, Tensor)) else index

    def raw(self, index: Tensor) -> np.ndarray:
        """The raw ids of ``index``, an object array of the same shape.

        Raises:
            ValueError: If an index is negative or not below ``len(self)``.
        """
        flat = index.detach().cpu().reshape(-1)
        wrong = flat[(flat < 0) | (flat >= len(self))]
        check(wrong.numel() == 0, "index", f"between 0 and {len(self) - 1}", self, few(wrong.tolist()))
        picked = [self.ids[i] for i in flat.tolist()]
        return np.fromiter(picked, dtype=object, count=len(picked)).reshape(tuple(index.shape))

    def subset(self, index: Tensor) -> IdMap:
        """The map of some nodes, [N], in that order.

        Raises:
            ValueError: If an index is out of range or there twice.
        """
        return IdMap(self.raw(index))

    def find(self, column: np.ndarray) -> np.ndarray:
        """Indices of a flat column, -1 where the id is unknown."""
        if isinstance(self.ids, range) and column.dtype == np.int64:
            return np.where((column >= 0) & (column < len(self.ids)), column, -1)
        if column.dtype == np.int64 and self._numbers().size == len(self.ids):
            return find_integers(self._numbers(), column)
        position = self._positions()
        found = (position.get(raw, -1) for raw in column.tolist())
        return np.fromiter(found, dtype=np.int64, count=len(column))

    def _numbers(self) -> np.ndarray:
        """The ids as int64, or none where some are no such numbers."""
        if self._integers is None:
            whole = all(type(raw) is int and abs(raw) <= INT64_MAX for raw in self.ids)
            self._integers = np.array(self.ids if whole else [], dtype=np.int64)
        return self._integers

    def _positions(self) -> dict[Hashable, int]:
        if self._position is None:
            self._position = {raw: index for index, raw in enumerate(self.ids)}
        return self._position

    def __len__(self) -> int:
        return len(self.ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdMap) and self.ids == other.ids

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)})"

    def __getstate__(self) -> dict[str, Any]:
        """Plain containers only, so that ``torch.load(weights_only=True)`` reads a saved map."""
        return {"ids": len(self.ids) if isinstance(self.ids, range) else list(self.ids)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        ids = state["ids"]
        self.ids = range(ids) if isinstance(ids, int) else tuple(ids)
        self._position = None
        self._integers = None


def _sequence(ids: Iterable[Hashable]) -> Sequence[Hashable]:
    """A range where the ids are 0 to n-1, else a tuple of Python objects."""
    column = as_ids(ids, "ids", "IdMap")
    if column.dtype == np.int64 and np.array_equal(column, np.arange(len(column))):
        return range(len(column))
    return tuple(column.tolist())


Ids = IdMap | Iterable[Hashable]
"""What may stand for an :class:`IdMap` in an argument."""


def as_id_map(ids: Ids) -> IdMap:
    """The map itself, or a new one over the ids."""
    return ids if isinstance(ids, IdMap) else IdMap(ids)
