"""An epoch on the principal sub-graph."""

from __future__ import annotations

from torch_geometric.data import HeteroData

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import HELD_OUT, INTERACTS, PRINCIPAL, REV_INTERACTS, THINNED
from pygmmrec.utils.check import check


class PrincipalEdges(GraphTransform):
    """Put the edges of :class:`PrincipalGraph`, with their weights, in place of the user-item edges, in both
    directions, as PGL (AAAI 2025) trains.

    Build matrices after it. Whatever else the edges had is taken away. No evaluation takes the graph.

    Raises:
        ValueError: If the graph has no principal sub-graph.
    """

    def forward(self, data: HeteroData) -> HeteroData:
        remedy = "Prepare it with mode='global'"
        there = PRINCIPAL in data.edge_types
        check(there, "data", "a graph with a principal sub-graph", self, data.edge_types, remedy)
        edge_index, weight = data[PRINCIPAL].edge_index, data[PRINCIPAL].edge_weight
        by_item = (edge_index[1] * data["user"].num_nodes + edge_index[0]).argsort()
        for store, order in ((data[INTERACTS], slice(None)), (data[REV_INTERACTS], by_item)):
            for name in [name for name in store.edge_attrs() if name not in HELD_OUT]:
                del store[name]
            edges = edge_index if store is data[INTERACTS] else edge_index.flip(0)
            rewire(store, edge_index=edges[:, order], edge_weight=weight[order])
            store.symmetric = True  # both directions have the same weights
        data[THINNED] = repr(self)
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
