"""Matrix factorisation of all pairs, by alternating ridge regressions."""

from __future__ import annotations

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.solvers.weighted_ridge import weighted_ridge
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models.closed.closed_form import ClosedForm
from pygmmrec.nn import FittedRows
from pygmmrec.utils.check import check_number


class IALS(ClosedForm):
    r"""Matrix factorisation that looks at all pairs (`iALS <https://arxiv.org/abs/2110.14037>`_): scores
    :math:`x_u^\top y_i` that minimise

    .. math::
       \sum_{(u, i) \in S} (x_u^\top y_i - 1)^2 + w \sum_{u, i} (x_u^\top y_i)^2
       + \lambda \sum_u (|S_u| + w I)^\nu \lVert x_u \rVert^2
       + \lambda \sum_i (|S_i| + w U)^\nu \lVert y_i \rVert^2

    by ridge regressions of all users, of all items, and so on. Items start at random and are kept; a user is
    the regression on its items, so that one who is new is no other than those who are known.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        unobserved_weight: w. (default: ``0.1``)
        reg_weight: :math:`\lambda`. (default: ``3e-3``)
        reg_exponent: :math:`\nu`, how far the ridge grows with the pairs of a user or an item; 0 is one for
            all. (default: ``1``)
        num_iterations: How often items are fitted. Fitting again goes on from where it is.
            (default: ``16``)

    Raises:
        ValueError: If ``reg_weight`` or ``unobserved_weight`` is 0.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        unobserved_weight: float = 0.1,
        reg_weight: float = 3e-3,
        reg_exponent: float = 1.0,
        num_iterations: int = 16,
    ) -> None:
        super().__init__(num_users, num_items)
        self.embedding_dim = embedding_dim
        self.unobserved_weight = check_number(unobserved_weight, "unobserved_weight", self, above=0)
        self.reg_weight = check_number(reg_weight, "reg_weight", self, above=0)
        self.reg_exponent = reg_exponent
        self.num_iterations = num_iterations
        self.item_embedding = FittedRows("item", num_items, embedding_dim, drawn=True)

    def solve(self, data: HeteroData, history: Adj) -> None:
        items = self.item_embedding.weight
        for _ in range(self.num_iterations):
            items.copy_(self._regression(history.t(), self._regression(history, items)))

    def user_rows(self, data: HeteroData, items: Adj) -> Tensor:
        return self._regression(items, self.item_embedding.weight)

    def item_rows(self, data: HeteroData) -> Tensor:
        return self.item_embedding.weight

    def _regression(self, observed: Adj, other: Tensor) -> Tensor:
        """One side, [B, D], from the other, [N, D]."""
        pairs = observed.degree().to(other) + self.unobserved_weight * observed.num_cols
        return weighted_ridge(
            observed, other, self.unobserved_weight, self.reg_weight * pairs.pow(self.reg_exponent)
        )
