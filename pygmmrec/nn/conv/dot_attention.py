"""Attention between users and items without any weights."""

from __future__ import annotations

from torch import Tensor, nn

from pygmmrec.kernels.sparse.edge_dot import edge_dot
from pygmmrec.kernels.sparse.edge_softmax import edge_softmax
from pygmmrec.kernels.sparse.spmm import AdjLike, as_adj, spmm
from pygmmrec.typing import Embeddings


class DotAttentionConv(nn.Module):
    r"""Add to each node its neighbours, by how much they agree with it, and tell how much that was (GRCN,
    `arXiv 2008.10294 <https://arxiv.org/abs/2008.10294>`_).

    .. math::
        x_i' = x_i + \sum_{j \in N_i} a_{ij} x_j, \qquad a_{ij} = \mathrm{softmax}_{j \in N_i}(x_i^\top x_j)

    Shapes:
        - **input:** features [U, D] and [I, D]; the graph from items to users [U, I] and from users to items
          [I, U], :class:`~.Adj` or anything that :func:`~.as_adj` reads;
          optionally which items have features, bool [I]: users pay no attention to the others
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, D] and [I, D]; attention of users to their
          items and of items to their users, [E] each, in the order of the two matrices

    Raises:
        ValueError: If a graph does not fit the features.
    """

    def forward(
        self, x: Embeddings, to_user: AdjLike, to_item: AdjLike, available: Tensor | None = None
    ) -> tuple[Embeddings, tuple[Tensor, Tensor]]:
        users, items = x
        to_user = as_adj(to_user, size=(items.size(0), users.size(0)))
        to_item = as_adj(to_item, size=(users.size(0), items.size(0)))
        mask = None if available is None else available[to_user.col]  # [I] -> [E]
        of_user = edge_softmax(to_user, edge_dot(to_user, users, items), mask)  # [E]
        of_item = edge_softmax(to_item, edge_dot(to_item, items, users))
        user = users + spmm(to_user.with_value(of_user), items)  # [U, I] x [I, D] -> [U, D]
        item = items + spmm(to_item.with_value(of_item), users)  # [I, U] x [U, D] -> [I, D]
        return Embeddings(user, item), (of_user, of_item)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
