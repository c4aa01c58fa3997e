"""A weighted sum of user graphs."""

from __future__ import annotations

from collections.abc import Mapping

from torch_geometric.data import HeteroData

from pygmmrec.transforms.fuse_item_graphs import checked_weights, fuse_graphs
from pygmmrec.transforms.graph_transform import GraphTransform


class FuseUserGraphs(GraphTransform):
    r"""Add user graphs up, :math:`S = \sum_m w_m S_m`: :class:`FuseItemGraphs` for users, as `REARM
    <https://arxiv.org/abs/2508.13745>`_ needs it.

    The result is the edge type ``('user', name, 'user')``; the graphs it came from stay.

    Args:
        weights: User graph, as in ``image_knn``, to its weight; ``None`` for equal shares of all graphs whose
            name ends in ``_knn``. (default: ``None``)
        name: Name of the fused graph. (default: ``fused``)

    Raises:
        ValueError: If a graph is not in the data, there is none, or no weight is positive.
    """

    def __init__(self, weights: Mapping[str, float] | None = None, *, name: str = "fused") -> None:
        self.weights = checked_weights(weights, self)
        self.name = name

    def forward(self, data: HeteroData) -> HeteroData:
        return fuse_graphs(data, "user", self.weights, self.name, self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(weights={self.weights}, name={self.name!r})"
