"""The best linear model of items from items, by one matrix inverse."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.solvers.gram import Gram
from pygmmrec.kernels.solvers.local_ridge import local_ridge
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.sparse_tensors import transposed_csc
from pygmmrec.models.closed.closed_form import ClosedForm
from pygmmrec.nn import FittedNeighbours, FittedPairs
from pygmmrec.utils.check import check, check_number

LARGEST = 15_000
"""Items of which a dense matrix is made: 900 MB in single precision, and three of them while it is fitted."""


class EASE(ClosedForm):
    r"""The linear model of each item from all others (`EASE <https://arxiv.org/abs/1905.03375>`_): scores
    :math:`R B`, where B minimises :math:`\lVert R - R B \rVert^2 + \lambda \lVert B \rVert^2` with zeros on
    its diagonal,

    .. math::
       P = (R^\top R + \lambda I)^{-1}, \qquad B = I - P \, \mathrm{diag}(P)^{-1}

    Each column of B is a ridge regression. With ``k`` it is one on the k items alone that explain most of it
    each, so that neither B nor its inverse is dense; with k = I - 1 it is the same B.

    Args:
        num_users: Number of users U.
        num_items: Number of items I; at most 15,000 without ``k``.
        reg_weight: :math:`\lambda`. (default: ``250``)
        k: Entries of a column of B; ``None`` for all. (default: ``None``)

    Raises:
        ValueError: If ``reg_weight`` is 0, or the matrix would be too large.
    """

    def __init__(
        self, num_users: int, num_items: int, *, reg_weight: float = 250.0, k: int | None = None
    ) -> None:
        super().__init__(num_users, num_items)
        self.reg_weight = check_number(reg_weight, "reg_weight", self, above=0)
        self.k = k
        remedy = "Pass k=100 for a sparse approximation"
        wanted = f"at most {LARGEST} without 'k'"
        check(k is not None or num_items <= LARGEST, "num_items", wanted, self, num_items, remedy)
        self.weights = FittedPairs("item", num_items) if k is None else FittedNeighbours("item", num_items, k)

    def solve(self, data: HeteroData, history: Adj) -> None:
        gram = Gram(history, self.content(data))
        if isinstance(self.weights, FittedNeighbours):
            assert self.k is not None
            self.weights.assign(*local_ridge(gram, self.k, self.reg_weight))
            return
        out = self.weights.weight  # [I, I]
        for block in torch.arange(self.num_items, device=out.device).split(1024):
            out[block] = gram.counts(block) + gram.of_content(block)
        out.diagonal().add_(self.reg_weight)
        torch.cholesky_inverse(torch.linalg.cholesky(out), out=out)
        out.div_(-out.diagonal().clone())  # column j by -P_jj
        out.fill_diagonal_(0.0)

    def content(self, data: HeteroData) -> Tensor | None:
        """What items have in common besides their users, [I, F]; nothing."""
        return None

    def user_rows(self, data: HeteroData, items: Adj) -> Tensor:
        return items.csr()

    def item_rows(self, data: HeteroData) -> Tensor:
        if isinstance(self.weights, FittedNeighbours):
            return transposed_csc(self.weights.matrix().t())
        return self.weights.weight.t()  # [I, I]
