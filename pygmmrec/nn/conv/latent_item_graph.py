"""An item graph learned from features, without any I × I matrix."""

import torch
from torch import Tensor, nn

from pygmmrec.utils.adj import Adj
from pygmmrec.utils.check import check
from pygmmrec.utils.knn import edge_cosine, topk_cosine
from pygmmrec.utils.normalize import NORMS, Norm, normalize


class LatentItemGraph(nn.Module):
    r"""Connect each item to its k nearest items in a learned space, with weights that carry a gradient.

    The neighbours are found without gradient, in blocks; the cosine of the kept edges is then computed again
    with gradient in O(I · k · D), clamped at zero and normalised (eq. 14 of CRANE, `arXiv 2601.11151
    <https://arxiv.org/abs/2601.11151>`_; the learned graph of LATTICE, `arXiv 2104.09036
    <https://arxiv.org/abs/2104.09036>`_).

    Args:
        k: Neighbours of each item. (default: ``10``)
        include_self: Whether an item can be its own neighbour. (default: ``True``)
        norm: ``row`` so that each item's weights sum to one, ``sym``, or ``none``. (default: ``row``)

    Shapes:
        - **input:** item features [I, D]
        - **output:** :class:`~pygmmrec.utils.adj.Adj` [I, I] with I · k entries

    Raises:
        ValueError: If an argument is out of range, or ``k`` exceeds the number of items.
    """

    def __init__(self, k: int = 10, *, include_self: bool = True, norm: Norm = "row") -> None:
        super().__init__()
        check(k >= 1, "k", "at least 1", self, k)
        check(norm in NORMS, "norm", f"one of {NORMS}", self, norm)
        self.k = k
        self.include_self = include_self
        self.norm: Norm = norm

    def forward(self, x: Tensor) -> Adj:
        num_items = x.size(0)
        index, _ = topk_cosine(x, self.k, include_self=self.include_self)
        index = index.sort(dim=-1).values  # [I, k], in the order of a CSR row
        rowptr = torch.arange(0, num_items * self.k + 1, self.k, device=x.device)
        weight = edge_cosine(x, index).clamp(min=0).flatten()  # [I, k] -> [I k]
        adj = Adj(rowptr, index.flatten(), weight, num_cols=num_items)
        edge_index = torch.stack([adj.col, adj.row])
        return adj.with_value(
            normalize(edge_index, weight, (num_items, num_items), self.norm, same_nodes=True)
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(k={self.k}, include_self={self.include_self}, norm={self.norm!r})"
