"""An item-item graph of common users."""

from __future__ import annotations

from typing import Literal, TypeAlias

from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import softmax

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.transforms.user_graph import nearest_by_common
from pygmmrec.typing import INTERACTS, item_edge_type
from pygmmrec.utils.check import check, check_integer

ITEM_CO = item_edge_type("co_interacts")
"""Edges to an item from those with which it has the most training users in common."""

CoWeight: TypeAlias = Literal["softmax", "share"]
WEIGHTS = ("softmax", "share")


class ItemCoGraph(GraphTransform):
    r"""Connect each item to the k items with which it has the most training users in common:
    :class:`UserGraph` for items.

    With :math:`C = R^\top R` and its row sums :math:`c_i = \sum_j C_{ij}`, weights are one of

    - ``softmax``: :math:`a_{ij} = \mathrm{softmax}_{j \in \mathrm{top}_k(C_i)}(C_{ij})`, as `REARM
      <https://arxiv.org/abs/2508.13745>`_ has it,
    - ``share``: :math:`\omega_{ij} = \frac{C_{ij}}{c_i - C_{ii}} \sqrt{\frac{c_i}{c_j}}`, as `UltraGCN
      <https://arxiv.org/abs/2110.15114>`_ has it.

    It sets the edge type ``('item', 'co_interacts', 'item')``, from neighbour to item, in memory of O(I · k)
    and of a block. Equal counts are decided by the smaller index; an item has fewer than k neighbours where
    there are no more, and is none of its own.

    Args:
        k: Neighbours of each item. (default: ``10``)
        weight: ``softmax`` or ``share``. (default: ``softmax``)
        block_size: Items multiplied at a time. (default: ``1024``)

    Raises:
        ValueError: If a number is smaller than one, or ``weight`` is unknown.
    """

    def __init__(self, k: int = 10, *, weight: CoWeight = "softmax", block_size: int = 1024) -> None:
        check(weight in WEIGHTS, "weight", f"one of {WEIGHTS}", self, weight)
        self.k = check_integer(k, "k", self, at_least=1)
        self.weight: CoWeight = weight
        self.block_size = check_integer(block_size, "block_size", self, at_least=1)

    def forward(self, data: HeteroData) -> HeteroData:
        num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
        to_item = Adj.from_edge_index(data[INTERACTS].edge_index, size=(num_users, num_items))  # [I, U]
        edge_index, count = nearest_by_common(to_item, self.k, self.block_size)
        if self.weight == "softmax":
            weight = softmax(count.double(), edge_index[1], num_nodes=num_items)  # in any order
        else:
            weight = _share(to_item, edge_index, count.double())
        rewire(data[ITEM_CO], edge_index=edge_index, edge_weight=weight.to(count))
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(k={self.k}, weight={self.weight!r})"


def _share(to_item: Adj, edge_index: Tensor, count: Tensor) -> Tensor:
    """The weights ``share`` of edges from neighbour to item with their counts, [E]."""
    of_user = to_item.t().degree().to(count)  # [U]
    total = count.new_zeros(to_item.num_rows).index_add(0, to_item.row, of_user[to_item.col])  # [I]
    neighbour, item = edge_index
    return count / (total - to_item.degree())[item] * (total[item] / total[neighbour]).sqrt()
