"""The user-item graph with edges between items that all modalities hold to be alike."""

from __future__ import annotations

import torch
from torch_geometric.data import HeteroData
from torch_geometric.utils import coalesce

from pygmmrec.graph.modalities import availability, dims
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, REV_INTERACTS, item_edge_type
from pygmmrec.utils.check import check

EXTENDED = item_edge_type("extended")
"""Edges to an item from those that are among its nearest in every modality."""


class ExtendedGraph(GraphTransform):
    r"""Extend the user-item graph by edges to each item from those that are among its nearest in every
    modality (GUME, `arXiv 2407.12338 <https://arxiv.org/abs/2407.12338>`_), and weight both kinds by degree.

    .. math::
        A^+ = D^{-1/2} \begin{pmatrix} 0 & R \\ R^\top & T \end{pmatrix} D^{-1/2}

    D are the row sums, on both sides: T need not be symmetric, and those of an item count its edges to users
    and items. It sets the edge type ``('item', 'extended', 'item')`` and the weights of the user-item edges,
    in place of :class:`BipartiteNorm`. It goes by the ``<modality>_knn`` graphs of :class:`ItemKNNGraph`; an
    item is no neighbour of its own.

    A modality that one of two items lacks is not asked; of several modalities they have two in common at
    least.

    Raises:
        ValueError: If the graph of a modality is not in the data, or there is none.
    """

    def forward(self, data: HeteroData) -> HeteroData:
        names, num_items = list(dims(data)), data["item"].num_nodes
        remedy = "Apply ItemKNNGraph first"
        check(len(names) > 0, "data", "a graph with features of items", self, names)
        for name in names:
            there = item_edge_type(f"{name}_knn") in data.edge_types
            check(there, "data", f"a graph with the item graph of {name!r}", self, data.edge_types, remedy)
        edges = torch.cat([data[item_edge_type(f"{name}_knn")].edge_index for name in names], dim=1)
        found = torch.ones(edges.size(1), dtype=torch.int64, device=edges.device)
        (src, dst), found = coalesce(edges, found, num_items, sort_by_row=False)
        asked = torch.zeros_like(found)
        available = availability(data)
        for name in names:
            asked += available[name][src] & available[name][dst] if name in available else 1
        kept = (found == asked) & (asked >= min(2, len(names))) & (src != dst)
        edge_index = torch.stack([src[kept], dst[kept]])

        user, item = data[INTERACTS].edge_index
        degree_user = torch.bincount(user, minlength=data["user"].num_nodes).float()
        degree_item = torch.bincount(torch.cat([item, edge_index[1]]), minlength=num_items).float()
        degree_item = degree_item.clamp(min=1)  # an item may be a neighbour and have none
        weight = (degree_item[edge_index[0]] * degree_item[edge_index[1]]).rsqrt()
        rewire(data[EXTENDED], edge_index=edge_index, edge_weight=weight)
        for edge_type, place in ((INTERACTS, 0), (REV_INTERACTS, 1)):
            store = data[edge_type]
            ends = degree_user[store.edge_index[place]] * degree_item[store.edge_index[1 - place]]
            rewire(store, edge_weight=ends.rsqrt())
            store.symmetric = True  # both directions have the same weights
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
