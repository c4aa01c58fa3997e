"""A weighted sum of item graphs."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch_geometric.data import HeteroData
from torch_geometric.utils import coalesce

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import item_edge_type
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
        if weights is not None:
            fits = all(weight >= 0 for weight in weights.values()) and sum(weights.values()) > 0
            check(fits, "weights", "non-negative with a positive sum", self, dict(weights))
            weights = {name: check_number(weight, "weights", self) for name, weight in weights.items()}
        self.weights = weights
        self.name = name

    def forward(self, data: HeteroData) -> HeteroData:
        graphs = [name for src, name, dst in data.edge_types if src == dst == "item"]
        found = [name for name in graphs if name.endswith("_knn")]
        weights = self.weights or dict.fromkeys(found, 1.0 / max(len(found), 1))
        check(len(weights) > 0, "data", "a graph with item graphs", self, graphs, "Apply ItemKNNGraph first")
        for name in weights:
            check(
                name in graphs,
                "weights",
                f"about graphs among {graphs}",
                self,
                name,
                "Apply ItemKNNGraph first",
            )
        stores = [(data[item_edge_type(name)], weight) for name, weight in weights.items()]
        edge_index = torch.cat([store.edge_index for store, _ in stores], dim=1)
        edge_weight = torch.cat([store.edge_weight * weight for store, weight in stores])
        edge_index, edge_weight = coalesce(edge_index, edge_weight, data["item"].num_nodes, sort_by_row=False)
        rewire(data[item_edge_type(self.name)], edge_index=edge_index, edge_weight=edge_weight)
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(weights={self.weights}, name={self.name!r})"
