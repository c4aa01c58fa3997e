"""An item graph of what users have in common."""

from __future__ import annotations

import torch
from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.normalize import normalize
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.transforms.user_graph import nearest_by_common
from pygmmrec.typing import INTERACTS, item_edge_type
from pygmmrec.utils.check import check_integer

BEHAVIOUR = item_edge_type("behaviour")
"""Edges to an item from itself and from those with the most training users in common."""


class BehaviourGraph(GraphTransform):
    r"""Connect each item to itself and to the k items with which it has the most training users in common
    (DA-MRS, `arXiv 2406.12501 <https://arxiv.org/abs/2406.12501>`_).

    It sets the edge type ``('item', 'behaviour', 'item')``, from neighbour to item, whose weights of one are
    normalised by row sums on both sides. Equal counts are decided by the smaller index. The product of users
    is sparse and taken for a block of items at a time.

    Args:
        k: Neighbours of each item. (default: ``2``)
        min_common: Users that two items have in common at least. (default: ``2``)
        block_size: Items multiplied at a time. (default: ``1024``)

    Raises:
        ValueError: If an argument is smaller than one.
    """

    def __init__(self, k: int = 2, *, min_common: int = 2, block_size: int = 1024) -> None:
        self.k = check_integer(k, "k", self, at_least=1)
        self.min_common = check_integer(min_common, "min_common", self, at_least=1)
        self.block_size = check_integer(block_size, "block_size", self, at_least=1)

    def forward(self, data: HeteroData) -> HeteroData:
        num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
        to_item = Adj.from_edge_index(data[INTERACTS].edge_index, size=(num_users, num_items))  # [I, U]
        edge_index, count = nearest_by_common(to_item, self.k, self.block_size)
        own = torch.arange(num_items, device=edge_index.device).expand(2, -1)  # [2, I]
        edge_index = torch.cat([own, edge_index[:, count >= self.min_common]], dim=1)
        weight = normalize(edge_index, None, (num_items, num_items), "sym", same_nodes=True)
        rewire(data[BEHAVIOUR], edge_index=edge_index, edge_weight=weight)
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(k={self.k}, min_common={self.min_common})"
