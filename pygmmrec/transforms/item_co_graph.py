"""An item-item graph of common users."""

from __future__ import annotations

from torch_geometric.data import HeteroData
from torch_geometric.utils import softmax

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.transforms.user_graph import nearest_by_common
from pygmmrec.typing import INTERACTS, item_edge_type
from pygmmrec.utils.check import check_integer

ITEM_CO = item_edge_type("co_interacts")
"""Edges to an item from those with which it has the most training users in common."""


class ItemCoGraph(GraphTransform):
    r"""Connect each item to the k items with which it has the most training users in common, as `REARM
    <https://arxiv.org/abs/2508.13745>`_ does: :class:`UserGraph` for items.

    .. math::
        C = R^\top R, \qquad a_{ij} = \mathrm{softmax}_{j \in \mathrm{top}_k(C_i)}(C_{ij})

    It sets the edge type ``('item', 'co_interacts', 'item')``, from neighbour to item, in memory of O(I · k)
    and of a block. Equal counts are decided by the smaller index; an item has fewer than k neighbours where
    there are no more.

    Args:
        k: Neighbours of each item. (default: ``10``)
        block_size: Items multiplied at a time. (default: ``1024``)

    Raises:
        ValueError: If an argument is smaller than one.
    """

    def __init__(self, k: int = 10, *, block_size: int = 1024) -> None:
        self.k = check_integer(k, "k", self, at_least=1)
        self.block_size = check_integer(block_size, "block_size", self, at_least=1)

    def forward(self, data: HeteroData) -> HeteroData:
        num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
        to_item = Adj.from_edge_index(data[INTERACTS].edge_index, size=(num_users, num_items))  # [I, U]
        edge_index, count = nearest_by_common(to_item, self.k, self.block_size)
        weight = softmax(count.double(), edge_index[1], num_nodes=num_items).to(count)  # in any order
        rewire(data[ITEM_CO], edge_index=edge_index, edge_weight=weight)
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(k={self.k})"
