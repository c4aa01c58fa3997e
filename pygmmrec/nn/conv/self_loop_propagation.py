"""Propagation on the user-item graph in which each node is its own neighbour."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import AdjLike, as_adj, spmm
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check_integer


class SelfLoopPropagation(nn.Module):
    r"""Mean of the first L + 1 powers of the user-item graph with self loops, normalised by rows: what the
    code of LATTICE (`arXiv 2104.09036 <https://arxiv.org/abs/2104.09036>`_) has for LightGCN.

    .. math::
        E = \frac{1}{L + 1} \sum_{l=0}^{L} P^l E^{(0)}, \qquad P = (D + I)^{-1} (A + I)

    It runs on the graph of :class:`LightGCNPropagation`, whose weights are
    :math:`\hat{A} = D^{-1/2} A D^{-1/2}`, since :math:`A = D^{1/2} \hat{A} D^{1/2}` is that graph between two
    scalings of rows.

    Args:
        num_layers: L, at least 0. (default: ``2``)

    Shapes:
        - **input:** user features [U, D]; item features [I, D]; graph: :class:`~.Adj`
          [I, U] with weights from ``BipartiteNorm``, or anything that
          :func:`~.as_adj` reads
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, D] and [I, D]

    Raises:
        ValueError: If ``num_layers`` is negative, or the graph does not fit the features.
    """

    def __init__(self, num_layers: int = 2) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0)

    def forward(
        self, x_user: Tensor, x_item: Tensor, adj: AdjLike, edge_weight: Tensor | None = None
    ) -> Embeddings:
        to_item = as_adj(adj, edge_weight, size=(x_user.size(0), x_item.size(0)))
        to_user = to_item.t()
        users, items = [x_user], [x_item]
        for _ in range(self.num_layers):
            user, item = users[-1], items[-1]
            users.append(_mean_with_self(to_user, user, item, to_item))
            items.append(_mean_with_self(to_item, item, user, to_user))
        return Embeddings(torch.stack(users).mean(dim=0), torch.stack(items).mean(dim=0))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_layers={self.num_layers})"


def _mean_with_self(adj: Adj, x: Tensor, neighbour: Tensor, transpose: Adj) -> Tensor:
    """Mean of each node and its neighbours, from weights that are divided by roots of both degrees."""
    degree = adj.degree().to(x.dtype).unsqueeze(-1)  # [N, 1]
    other = transpose.degree().to(x.dtype).unsqueeze(-1)
    return (x + degree.sqrt() * spmm(adj, other.sqrt() * neighbour)) / (degree + 1)
