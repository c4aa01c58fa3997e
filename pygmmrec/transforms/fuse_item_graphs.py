"""One item graph of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import torch
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType
from torch_geometric.utils import coalesce

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.utils.check import check, check_number

Aggr: TypeAlias = Literal["sum", "max"]


class FuseItemGraphs(GraphTransform):
    r"""Add item graphs up: :math:`S = \sum_m w_m S_m`, as `FREEDOM <https://arxiv.org/abs/2211.06924>`_ does.

    With ``aggr="max"`` an edge weighs the most that it does in any of the graphs that have it, each times its
    weight, as in SMORE (`arXiv 2412.14978 <https://arxiv.org/abs/2412.14978>`_).

    The result is the edge type ``('item', name, 'item')``; the graphs it came from stay.

    Args:
        weights: Item graph, as in ``image_knn``, to its weight; ``None`` for equal shares of all graphs whose
            name ends in ``_knn``, or for one each with ``max``. (default: ``None``)
        name: Name of the fused graph. (default: ``fused``)
        aggr: ``sum`` or ``max``. (default: ``sum``)

    Raises:
        ValueError: If a graph is not in the data, there is none, no weight is positive, or ``aggr`` is
            unknown.
    """

    def __init__(
        self,
        weights: Mapping[str, float] | None = None,
        *,
        name: str = "fused",
        aggr: Aggr = "sum",
    ) -> None:
        check(aggr in ("sum", "max"), "aggr", "'sum' or 'max'", self, aggr)
        self.weights = checked_weights(weights, self)
        self.name = name
        self.aggr = aggr

    def forward(self, data: HeteroData) -> HeteroData:
        return fuse_graphs(data, "item", self.weights, self.name, self, self.aggr)

    def __repr__(self) -> str:
        aggr = "" if self.aggr == "sum" else f", aggr={self.aggr!r}"
        return f"{type(self).__name__}(weights={self.weights}, name={self.name!r}{aggr})"


def fuse_graphs(
    data: HeteroData,
    node_type: NodeType,
    weights: Mapping[str, float] | None,
    name: str,
    where: object,
    aggr: Aggr = "sum",
) -> HeteroData:
    """Set the weighted sum of graphs between nodes of one type, or the largest weight of each edge, changing
    the graph that is given.

    Args:
        data: The graph.
        node_type: ``item`` or ``user``.
        weights: See :class:`FuseItemGraphs`.
        name: Name of the sum.
        where: Who asks, for errors.
        aggr: See :class:`FuseItemGraphs`.
    """
    graphs = [name for src, name, dst in data.edge_types if src == dst == node_type]
    found = [name for name in graphs if name.endswith("_knn")]
    share = 1.0 if aggr == "max" else 1.0 / max(len(found), 1)
    weights = weights or dict.fromkeys(found, share)
    remedy = f"Apply {'Item' if node_type == 'item' else 'User'}KNNGraph first"
    check(len(weights) > 0, "data", f"a graph with {node_type} graphs", where, graphs, remedy)
    for graph in weights:
        check(graph in graphs, "weights", f"about graphs among {graphs}", where, graph, remedy)
    stores = [(data[node_type, graph, node_type], weight) for graph, weight in weights.items()]
    edge_index = torch.cat([store.edge_index for store, _ in stores], dim=1)
    edge_weight = torch.cat([store.edge_weight * weight for store, weight in stores])
    num_nodes = data[node_type].num_nodes
    edge_index, edge_weight = coalesce(edge_index, edge_weight, num_nodes, aggr, sort_by_row=False)
    rewire(data[node_type, name, node_type], edge_index=edge_index, edge_weight=edge_weight)
    return data


def checked_weights(weights: Mapping[str, float] | None, where: object) -> dict[str, float] | None:
    """Weights of graphs as plain numbers, none of them negative and one of them positive."""
    if weights is None:
        return None
    fits = all(weight >= 0 for weight in weights.values()) and sum(weights.values()) > 0
    check(fits, "weights", "non-negative with a positive sum", where, dict(weights))
    return {name: check_number(weight, "weights", where) for name, weight in weights.items()}
