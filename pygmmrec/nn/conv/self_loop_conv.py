"""A step on a user-item graph in which each node is its own neighbour."""

from __future__ import annotations

from torch import Tensor, nn

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.typing import Embeddings


class SelfLoopConv(nn.Module):
    r"""Multiply by the user-item graph with self loops, as DiffMM (`arXiv 2406.11781
    <https://arxiv.org/abs/2406.11781>`_) has it:

    .. math::
        x_u' = o_u x_u + \sum_{i \in N_u} w_{ui} x_i, \qquad x_i' = o_i x_i + \sum_{u \in N_i} w_{iu} x_u

    With the weights of :class:`~pygmmrec.transforms.SelfLoopNorm` it is the normalised matrix
    :math:`(D + I)^{-1/2} (A + I) (D + I)^{-1/2}`.

    Shapes:
        - **input:** features [U, D] and [I, D]; the graph from items to users [U, I] and from users to items
          [I, U], :class:`~.Adj`; optionally the weights o of self loops, [U] and [I], which are
          :math:`1 / (d + 1)` if not given
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, D] and [I, D]

    Raises:
        ValueError: If a graph does not fit the features.
    """

    def forward(self, x: Embeddings, to_user: Adj, to_item: Adj, own: Embeddings | None = None) -> Embeddings:
        of_user, of_item = (own_weight(to_user), own_weight(to_item)) if own is None else own
        user = of_user.to(x.user).unsqueeze(1) * x.user + spmm(to_user, x.item)  # [U, I] x [I, D] -> [U, D]
        item = of_item.to(x.item).unsqueeze(1) * x.item + spmm(to_item, x.user)  # [I, U] x [U, D] -> [I, D]
        return Embeddings(user, item)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def own_weight(adj: Adj) -> Tensor:
    """What a self loop weighs beside a row's entries, [num_rows]."""
    return 1.0 / (adj.degree() + 1)
