"""Walks of three steps, from a user over two items."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.solvers.nearest import nearest
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.dense_product import dense_product
from pygmmrec.kernels.sparse.select_rows import select_rows
from pygmmrec.models.closed.item_based import ItemBased
from pygmmrec.utils.check import check_number


class RP3Beta(ItemBased):
    r"""Random walks of three steps that weigh popular items anew (`Paudel et al., TiiS 2017
    <https://doi.org/10.1145/2955101>`_): scores :math:`R W`, with the k largest entries of each row of

    .. math::
       W_{ij} = d_j^{-\beta} \sum_u \left(\frac{r_{ui}}{d_i}\right)^\alpha
       \left(\frac{r_{uj}}{d_u}\right)^\alpha, \qquad W_{ii} = 0

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        k: Entries of a row, items that one item leads to. (default: ``500``)
        alpha: Exponent of the probabilities of a step; 1 for those of a random walk. (default: ``1``)
        beta: How far popular items count less. 0 is P3alpha, and below 0 they count more. (default: ``0``)
    """

    def __init__(
        self, num_users: int, num_items: int, *, k: int = 500, alpha: float = 1.0, beta: float = 0.0
    ) -> None:
        super().__init__(num_users, num_items, k, "owned")
        self.alpha = alpha
        self.beta = check_number(beta, "beta", self)

    def solve(self, data: HeteroData, history: Adj) -> None:
        of_user, of_item = (adj.degree().to(history.value) for adj in (history, history.t()))  # [U], [I]
        to_user = history.t().with_value(of_item.pow(-self.alpha)[history.t().row])  # [I, U]
        to_item = of_user.pow(-self.alpha)[history.row] * of_item.pow(-self.beta)[history.col]
        last = history.with_value(to_item)  # [U, I]

        def walk(some: Tensor) -> Tensor:
            ends = dense_product(select_rows(to_user, some), last)  # [b, U] x [U, I]
            return ends.masked_fill_(ends == 0, -torch.inf)

        every = torch.arange(self.num_items, device=history.device)
        self.neighbours.assign(*nearest(walk, every, self.num_items, self.k))
