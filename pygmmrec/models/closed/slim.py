"""Sparse linear models of items from items, by elastic nets."""

from __future__ import annotations

from torch_geometric.data import HeteroData

from pygmmrec.kernels.solvers.candidates import candidates
from pygmmrec.kernels.solvers.elastic_net import elastic_nets
from pygmmrec.kernels.solvers.gram import Gram
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models.closed.item_based import ItemBased
from pygmmrec.utils.check import check, check_number


class SLIM(ItemBased):
    r"""Sparse linear models of each item from others (`SLIM <https://doi.org/10.1109/ICDM.2011.134>`_): with
    scores :math:`R W` and the columns

    .. math::
       \min_{w_j \ge 0, \, w_{jj} = 0} \tfrac12 \lVert r_j - R w_j \rVert^2
       + \tfrac{\lambda_2}{2} \lVert w_j \rVert^2 + \lambda_1 \lVert w_j \rVert_1

    which scikit-learn's coordinate descent finds, one after the other. An item is predicted from those k that
    explain most of it each alone. That changes nothing where no item shares its users with more than k
    others, since all weights beyond these are 0.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        l1_weight: :math:`\lambda_1`. (default: ``1``)
        l2_weight: :math:`\lambda_2`. (default: ``10``)
        k: Items that an item is predicted from, at most. (default: ``200``)
        tolerance: Where coordinate descent stops, relative to the squared length of a column.
            (default: ``1e-3``)

    Raises:
        ValueError: If both weights are 0, or ``tolerance`` is not positive.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        l1_weight: float = 1.0,
        l2_weight: float = 10.0,
        k: int = 200,
        tolerance: float = 1e-3,
    ) -> None:
        super().__init__(num_users, num_items, k)
        both = (l1_weight, l2_weight)
        check(sum(both) > 0, "l1_weight", "positive, or 'l2_weight'", self, both)
        self.l1_weight = l1_weight
        self.l2_weight = l2_weight
        self.tolerance = check_number(tolerance, "tolerance", self, above=0)

    def solve(self, data: HeteroData, history: Adj) -> None:
        index = candidates(Gram(history), self.k, self.l2_weight, unrelated=False)  # [I, k]
        weight = elastic_nets(history, index, self.l1_weight, self.l2_weight, self.tolerance)
        self.neighbours.assign(index.masked_fill(weight == 0, -1), weight)
