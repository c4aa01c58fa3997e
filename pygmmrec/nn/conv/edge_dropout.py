"""Dropout of a graph's edges."""

import torch
from torch import Tensor, nn

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.utils.check import check_probability


class EdgeDropout(nn.Module):
    """Keep each entry of a sparse matrix with probability 1 - p, divided by that, whatever the mode.

    It is `DropEdge <https://arxiv.org/abs/1907.10903>`_ with the mean of dropout, and without a new
    normalisation.

    Shapes:
        - **input:** graph: :class:`~.Adj` [N, S]; ``p``, the share that is dropped, in [0, 1)
        - **output:** :class:`~.Adj` [N, S]

    Raises:
        ValueError: If ``p`` is not in [0, 1).
    """

    def draw(self, adj: Adj, p: float) -> Tensor:
        """Which entries stay, bool [E]."""
        return torch.rand(adj.nnz, device=adj.device) >= p

    def forward(self, adj: Adj, p: float) -> Adj:
        check_probability(p, "p", self)
        if p == 0:
            return adj
        kept = adj.keep(self.draw(adj, p))
        return kept.with_value(kept.value / (1 - p))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
