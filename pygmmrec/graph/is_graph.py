"""What was given in place of a graph, and whether one is prepared."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.utils.data import Dataset
from torch_geometric.data import HeteroData

from pygmmrec.typing import PREPARED
from pygmmrec.utils.check import check


def check_is_graph(data: Any, where: object) -> None:
    """Raise a :class:`ValueError` unless ``data`` is a :class:`~torch_geometric.data.HeteroData`.

    Args:
        data: What was given.
        where: Who asks, see :func:`~pygmmrec.utils.check.check`.
    """
    if isinstance(data, HeteroData):
        return
    remedy = "pygmmrec.data.build_hetero_data makes one of arrays, frames and files"
    holds_graphs = isinstance(data, list | tuple) and len(data) > 0 and isinstance(data[0], HeteroData)
    if isinstance(data, Dataset) or holds_graphs:
        remedy = "Take the graph of the data set, dataset[0]"
    if isinstance(data, nn.Module):
        remedy = "The model comes first, then the graph"
    check(False, "data", "a graph, a HeteroData", where, _kind(data), remedy)


def is_prepared(data: HeteroData) -> bool:
    """Whether a model prepared a graph, or somebody did so by hand and built its matrices."""
    return PREPARED in data or any("matrix" in store for store in data.edge_stores)


def _kind(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
