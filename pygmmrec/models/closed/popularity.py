"""The same list for everybody."""

from __future__ import annotations

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models.closed.closed_form import ClosedForm
from pygmmrec.nn import FittedRows


class Popularity(ClosedForm):
    r"""How many users have an item, :math:`s_{ui} = d_i`, the same for all users: what every other model has
    to beat (`Cremonesi et al., RecSys 2010 <https://doi.org/10.1145/1864708.1864721>`_).

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
    """

    def __init__(self, num_users: int, num_items: int) -> None:
        super().__init__(num_users, num_items)
        self.degree = FittedRows("item", num_items, 1)

    def solve(self, data: HeteroData, history: Adj) -> None:
        self.degree.weight.copy_(history.t().degree().unsqueeze(1))

    def user_rows(self, data: HeteroData, items: Adj) -> Tensor:
        return items.value.new_ones(items.num_rows, 1)

    def item_rows(self, data: HeteroData) -> Tensor:
        return self.degree.weight
