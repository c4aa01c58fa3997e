"""Propagation on the user-item graph whose layers count by how much they agree with where a node began."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.spmm import AdjLike, as_adj, spmm
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check_integer


class RefinedPropagation(nn.Module):
    r"""Sum of L layers on the user-item graph, each scaled by its cosine with the first one (LayerGCN, `arXiv
    2207.11088 <https://arxiv.org/abs/2207.11088>`_).

    .. math::
        z^{(l)} = \cos(\hat{A} z^{(l - 1)}, z^{(0)}) \odot \hat{A} z^{(l - 1)}, \qquad
        z = \sum_{l=1}^{L} z^{(l)} \;\left[ + z^{(0)} \right]

    The cosine is that of each node; it may be negative, and is zero for a row of zeros. The refined layer is
    what propagates on.

    Args:
        num_layers: L, at least 1, or 0 with ``first``. (default: ``4``)
        first: Whether :math:`z^{(0)}` is in the sum, as COHESION has it. (default: ``False``)
        num_blocks: Blocks of columns that are refined each by itself: several modalities at once.
            (default: ``1``)

    Shapes:
        - **input:** user features [U, K · D] and item features [I, K · D] of K blocks; graph: :class:`~.Adj`
          [I, U] with weights from ``BipartiteNorm``, or anything that :func:`~.as_adj` reads
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, K · D] and [I, K · D]

    Raises:
        ValueError: If an argument is out of range, or the graph does not fit the features.
    """

    def __init__(self, num_layers: int = 4, *, first: bool = False, num_blocks: int = 1) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0 if first else 1)
        self.first = first
        self.num_blocks = check_integer(num_blocks, "num_blocks", self, at_least=1)

    def forward(
        self, x_user: Tensor, x_item: Tensor, adj: AdjLike, edge_weight: Tensor | None = None
    ) -> Embeddings:
        to_item = as_adj(adj, edge_weight, size=(x_user.size(0), x_item.size(0)))
        to_user = to_item.t()
        from_user, from_item = (unit_rows(self._blocks(x)) for x in (x_user, x_item))  # [N, K, D]
        user, item = x_user, x_item
        users, items = ([user], [item]) if self.first else ([], [])
        for _ in range(self.num_layers):
            user, item = (
                self._refine(spmm(to_user, item), from_user),
                self._refine(spmm(to_item, user), from_item),
            )
            users.append(user)
            items.append(item)
        return Embeddings(torch.stack(users).sum(dim=0), torch.stack(items).sum(dim=0))

    def _blocks(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), self.num_blocks, -1)  # [N, K D] -> [N, K, D]

    def _refine(self, layer: Tensor, origin: Tensor) -> Tensor:
        blocks = self._blocks(layer)
        cosine = (unit_rows(blocks) * origin).sum(dim=-1, keepdim=True)  # [N, K, D] -> [N, K, 1]
        return (cosine * blocks).flatten(1)  # [N, K, D] -> [N, K D]

    def __repr__(self) -> str:
        options = f"num_layers={self.num_layers}, first={self.first}, num_blocks={self.num_blocks}"
        return f"{type(self).__name__}({options})"
