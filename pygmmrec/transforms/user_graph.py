"""A user-user graph of common items."""

from __future__ import annotations

import logging

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.utils import softmax

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows
from pygmmrec.kernels.sparse.sparse_product import sparse_product
from pygmmrec.kernels.sparse.topk_entries import topk_entries
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, USER_GRAPH
from pygmmrec.utils.check import check_integer

logger = logging.getLogger(__name__)


class UserGraph(GraphTransform):
    r"""Connect each user to the k users with whom it has the most training items in common, as `DualGNN
    <https://doi.org/10.1109/TMM.2021.3138298>`_ does.

    .. math::
        C = R R^\top, \qquad a_{uu'} = \mathrm{softmax}_{u' \in \mathrm{top}_k(C_u)}(C_{uu'})

    It sets the edge type ``('user', 'co_interacts', 'user')``, from neighbour to user. The product is sparse
    and taken for a block of users at a time, so that memory is O(U · k) and that of a block. Equal counts are
    decided by the smaller index; a user has fewer than k neighbours where there are no more, and none at all
    if it shares no item.

    Args:
        k: Neighbours of each user. (default: ``40``)
        max_degree: Most users of an item that counts. An item costs the square of its users, and what
            everybody knows tells nobody apart; the log says how many items are left out. (default: ``None``,
            all items count)
        block_size: Users multiplied at a time. (default: ``1024``)

    Raises:
        ValueError: If an argument is smaller than one.
    """

    def __init__(self, k: int = 40, *, max_degree: int | None = None, block_size: int = 1024) -> None:
        self.k = check_integer(k, "k", self, at_least=1)
        if max_degree is not None:
            max_degree = check_integer(max_degree, "max_degree", self, at_least=1)
        self.max_degree = max_degree
        self.block_size = check_integer(block_size, "block_size", self, at_least=1)

    def forward(self, data: HeteroData) -> HeteroData:
        num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
        to_item = Adj.from_edge_index(data[INTERACTS].edge_index, size=(num_users, num_items))  # [I, U]
        if self.max_degree is not None:
            heavy = to_item.degree() > self.max_degree  # [I]
            to_item = to_item.keep(~heavy[to_item.row])
            logger.info("%d items of more than %d users do not count", int(heavy.sum()), self.max_degree)
        edge_index, count = nearest_by_common(to_item.t(), self.k, self.block_size)
        weight = softmax(count, edge_index[1], num_nodes=num_users)
        rewire(data[USER_GRAPH], edge_index=edge_index, edge_weight=weight)
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(k={self.k}, max_degree={self.max_degree})"


def nearest_by_common(own: Adj, k: int, block_size: int) -> tuple[Tensor, Tensor]:
    """The k rows that have the most columns in common with each row, as edges from neighbour to row.

    Args:
        own: What each node has, with weights of one, [N, S].
        k: Most neighbours of a node.
        block_size: Rows multiplied at a time.

    Shapes:
        - **output:** edges [2, E]; how many they have in common, [E]
    """
    other, edges, counts = own.t(), [], []
    for index in torch.arange(own.num_rows, device=own.device).split(block_size):
        common = sparse_product(select_rows(own, index), other)  # [b, S] x [S, N] -> [b, N]
        common = topk_entries(common.keep(index[common.row] != common.col), k)
        edges.append(torch.stack([common.col, index[common.row]]))  # [2, E_b]
        counts.append(common.value)
    return torch.cat(edges, dim=1), torch.cat(counts)
