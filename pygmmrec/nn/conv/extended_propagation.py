"""LightGCN propagation on a user-item graph that has edges between items as well."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pygmmrec.kernels.sparse.spmm import AdjLike, as_adj, spmm
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check_integer


class ExtendedPropagation(nn.Module):
    r"""Mean of the first L + 1 powers of a user-item graph with edges between items (GUME, `arXiv 2407.12338
    <https://arxiv.org/abs/2407.12338>`_).

    .. math::
        E = \frac{1}{L + 1} \sum_{l=0}^{L} (A^+)^l E^{(0)}, \qquad
        A^+ = \begin{pmatrix} 0 & \hat{R} \\ \hat{R}^\top & \hat{T} \end{pmatrix}

    The graph of items may be directed. Columns do not mix: what is to be propagated on the same graph stands
    side by side.

    Args:
        num_layers: L, at least 0. (default: ``3``)

    Shapes:
        - **input:** user features [U, D]; item features [I, D]; graph to items [I, U] and graph among
          items [I, I]: :class:`~.Adj`, with weights from ``ExtendedGraph``, or anything that
          :func:`~.as_adj` reads
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, D] and [I, D]

    Raises:
        ValueError: If ``num_layers`` is negative, or a graph does not fit the features.
    """

    def __init__(self, num_layers: int = 3) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0)

    def forward(self, x_user: Tensor, x_item: Tensor, adj: AdjLike, item_adj: AdjLike) -> Embeddings:
        num_users, num_items = x_user.size(0), x_item.size(0)
        to_item = as_adj(adj, None, size=(num_users, num_items))
        among = as_adj(item_adj, None, size=(num_items, num_items))
        to_user, users, items = to_item.t(), [x_user], [x_item]
        for _ in range(self.num_layers):
            user, item = users[-1], items[-1]
            users.append(spmm(to_user, item))
            items.append(spmm(to_item, user) + spmm(among, item))
        return Embeddings(torch.stack(users).mean(dim=0), torch.stack(items).mean(dim=0))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_layers={self.num_layers})"
