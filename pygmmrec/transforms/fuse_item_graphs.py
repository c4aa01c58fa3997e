"""A weighted sum of item graphs."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType
from torch_geometric.utils import coalesce

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.utils.check import check, check_number


class FuseItemGraphs(GraphTransform):
    r"""Add item graphs up: :math:`S = \sum_m w_m S_m`, as `FREEDOM <https://arxiv.org/abs/2211.06924>`_ does.

    The result is the edge type ``('item', name, 'item')``; the graphs it came from stay.

    Args:
        weights: Item graph, as in ``image_knn``, to its weight; ``None`` for equal shares of all graphs whose
            name ends in ``_knn``. (default: ``None``)
        name: Name of the fused graph. (default: ``fused``)

    Raises:
        ValueError: If a graph is not in the data, there is none, or no weight is positive.
    """

    def __init__(self, weights: Mapping[str, float] | None = None, *, name: str = "fused") -> None:
        self.weights = checked_weights(weights, self)
        self.name = name

    def forward(self, data: HeteroData) -> HeteroData:
        return fuse_graphs(data, "item", self.weights, self.name, self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(weights={self.weights}, name={self.name!r})"


def fuse_graphs(
    data: HeteroData, node_type: NodeType, weights: Mapping[str, float] | None, name: str, where: object
) -> HeteroData:
    """Set the weighted sum of graphs between nodes of one type, changing the graph that is given.

    Args:
        data: The graph.
        node_type: ``item`` or ``user``.
        weights: See :class:`FuseItemGraphs`.
        name: Name of the sum.
        where: Who asks, for errors.
    """
    graphs = [name for src, name, dst in data.edge_types if src == dst == node_type]
    found = [name for name in graphs if name.endswith("_knn")]
    weights = weights or dict.fromkeys(found, 1.0 / max(len(found), 1))
    remedy = f"Apply {'Item' if node_type == 'item' else 'User'}KNNGraph first"
    check(len(weights) > 0, "data", f"a graph with {node_type} graphs", where, graphs, remedy)
    for graph in weights:
        check(graph in graphs, "weights", f"about graphs among {graphs}", where, graph, remedy)
    stores = [(data[node_type, graph, node_type], weight) for graph, weight in weights.items()]
    edge_index = torch.cat([store.edge_index for store, _ in stores], dim=1)
    edge_weight = torch.cat([store.edge_weight * weight for store, weight in stores])
    edge_index, edge_weight = coalesce(edge_index, edge_weight, data[node_type].num_nodes, sort_by_row=False)
    rewire(data[node_type, name, node_type], edge_index=edge_index, edge_weight=edge_weight)
    return data


def checked_weights(weights: Mapping[str, float] | None, where: object) -> dict[str, float] | None:
    """Weights of graphs as plain numbers, none of them negative and one of them positive."""
    if weights is None:
        return None
    fits = all(weight >= 0 for weight in weights.values()) and sum(weights.values()) > 0
    check(fits, "weights", "non-negative with a positive sum", where, dict(weights))
    return {name: check_number(weight, "weights", where) for name, weight in weights.items()}
