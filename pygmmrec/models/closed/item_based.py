"""Users as the items that they have, items by what others say of them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.sparse_tensors import transposed_csc
from pygmmrec.models.closed.closed_form import ClosedForm
from pygmmrec.nn import FittedNeighbours
from pygmmrec.utils.check import check

Side: TypeAlias = Literal["candidate", "owned"]
SIDES = ("candidate", "owned")


class ItemBased(ClosedForm):
    r"""Base class of models with scores :math:`R W`: a user is a row of the interactions R, and W is sparse,
    with :attr:`neighbours` as its columns or as its rows.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        k: Neighbours of an item.
        neighbours_of: Whose neighbours they are: those of an item that is ranked, ``candidate``, are entries
            of a column of W; those of an item that a user has, ``owned``, of a row.

    Raises:
        ValueError: If ``neighbours_of`` is neither.
    """

    def __init__(self, num_users: int, num_items: int, k: int, neighbours_of: Side = "candidate") -> None:
        super().__init__(num_users, num_items)
        check(neighbours_of in SIDES, "neighbours_of", f"one of {SIDES}", self, neighbours_of)
        self.k = k
        self.neighbours_of: Side = neighbours_of
        self.neighbours = FittedNeighbours("item", num_items, k)

    def user_rows(self, data: HeteroData, items: Adj) -> Tensor:
        return items.csr()

    def item_rows(self, data: HeteroData) -> Tensor:
        return self.by_owned(self.neighbours.matrix())

    def by_owned(self, neighbours: Adj) -> Tensor:
        """What items are, of their neighbours [I, I]: rows of the transpose of W, [I, I]."""
        return transposed_csc(neighbours if self.neighbours_of == "owned" else neighbours.t())
