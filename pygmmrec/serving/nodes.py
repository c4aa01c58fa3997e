"""Users or items as people ask about them, and as answers name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.bundles.columns import to_column
from pygmmrec.data.ids import IdMap
from pygmmrec.data.node_info import NodeInfo
from pygmmrec.data.values.column import few
from pygmmrec.data.values.ids import as_ids
from pygmmrec.utils.check import check


class Nodes:
    """The users or the items of a graph.

    Args:
        data: The graph. Without raw ids, indices are ids.
        kind: ``user`` or ``item``.

    Attributes:
        ids: Their raw ids.
        info: What else is known of them, or ``None``.
    """

    def __init__(self, data: HeteroData, kind: str) -> None:
        self.kind = kind
        found = data[kind].get("raw_id", range(data[kind].num_nodes))
        self.ids = found if isinstance(found, IdMap) else IdMap(found)
        self.info: NodeInfo | None = data[kind].get("info")
        self._named = _shown(self.ids.ids)
        titles = None if self.info is None else self.info.title
        self._titles = None if titles is None else _shown(titles)

    def find(self, given: Any, arg: str) -> Tensor:
        """Indices of one raw id, or of several, [B] int64.

        Args:
            given: The id or ids. A tuple is an id where there is one like it, and otherwise several.
            arg: What it is called in errors.

        Raises:
            ValueError: If one is unknown, or these are indices and no ids.
        """
        remedy = f"Raw ids of {self.kind}s are such as {few(self.ids.ids)}"
        is_tensor = isinstance(given, Tensor)
        check(not is_tensor, arg, "raw ids, and no tensor of indices", "Served", given, remedy)
        several = hasattr(given, "__iter__") and not isinstance(given, (str, bytes))
        if isinstance(given, tuple) and self._has(given):
            several = False
        if several and not hasattr(given, "dtype"):
            given = list(given)
        column = as_ids(given if several else [given], arg, "Served")
        index = self.ids.find(column)
        unknown = few(dict.fromkeys(column[index < 0].tolist()))
        check(not unknown, arg, f"{self.kind}s of the model", "Served", unknown, remedy)
        return torch.from_numpy(index)

    def columns(self, index: Tensor, name: str) -> dict[str, pa.Array]:
        """Columns of an answer: raw ids [n] under a name, and titles, if there are any.

        Raw ids and titles for which Arrow has no type, such as tuples, are given as texts.
        """
        place = pa.array(index.cpu().numpy())
        found = {name: self._named.take(place)}
        return found if self._titles is None else {**found, "title": self._titles.take(place)}

    def __len__(self) -> int:
        return len(self.ids)

    def _has(self, raw: tuple[Any, ...]) -> bool:
        try:
            return int(self.ids.find(as_ids([raw], "raw", "Served"))[0]) >= 0
        except (ValueError, TypeError):
            return False


def _shown(values: Sequence[Any]) -> pa.Array:
    """Values as Arrow has them, and otherwise as texts."""
    column = to_column(values, "values")
    if not column.is_json:
        return column.array
    return pa.array([None if value is None else str(value) for value in values], type=pa.string())
