"""What users prefer, found by asking which of their items agree."""

from __future__ import annotations

from torch import Tensor, nn

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.edge_dot import edge_dot
from pygmmrec.kernels.sparse.edge_softmax import edge_softmax
from pygmmrec.kernels.sparse.spmm import AdjLike, as_adj, spmm
from pygmmrec.utils.check import check_integer


class NeighbourhoodRouting(nn.Module):
    r"""Move each user towards the items that already agree with it, T times (the prototypes of GRCN, `arXiv
    2008.10294 <https://arxiv.org/abs/2008.10294>`_).

    .. math::
        a_{ui} = \mathrm{softmax}_{i \in N_u}(p_u^\top f_i), \qquad
        p_u \leftarrow \frac{p_u + \sum_i a_{ui} f_i}{\Vert p_u + \sum_i a_{ui} f_i \Vert}

    An item that a user has by accident agrees with few of the others and loses its say.

    Args:
        num_rounds: T, at least 0. (default: ``3``)

    Shapes:
        - **input:** user preferences [U, D] and item features [I, D], rows of length one; the graph from
          items to users, :class:`~.Adj` [U, I], or anything that
          :func:`~.as_adj` reads; optionally which items have features, bool [I]
        - **output:** [U, D]

    Raises:
        ValueError: If ``num_rounds`` is negative, or the graph does not fit the features.
    """

    def __init__(self, num_rounds: int = 3) -> None:
        super().__init__()
        self.num_rounds = check_integer(num_rounds, "num_rounds", self, at_least=0)

    def forward(
        self, x_user: Tensor, x_item: Tensor, to_user: AdjLike, available: Tensor | None = None
    ) -> Tensor:
        adj = as_adj(to_user, size=(x_item.size(0), x_user.size(0)))
        mask = None if available is None else available[adj.col]  # [I] -> [E]
        for _ in range(self.num_rounds):
            share = edge_softmax(adj, edge_dot(adj, x_user, x_item), mask)  # [E]
            x_user = unit_rows(x_user + spmm(adj.with_value(share), x_item))
        return x_user

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_rounds={self.num_rounds})"
