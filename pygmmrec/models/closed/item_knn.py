"""Neighbours of items by the users that they have in common."""

from __future__ import annotations

import torch
from torch_geometric.data import HeteroData

from pygmmrec.kernels.solvers.nearest import nearest
from pygmmrec.kernels.solvers.set_similarity import SIMILARITIES, SetSimilarity, Similarity
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows
from pygmmrec.models.closed.item_based import ItemBased, Side
from pygmmrec.utils.check import check, check_number


class ItemKNN(ItemBased):
    r"""Items whose users have a user's items (`Deshpande and Karypis, TOIS 2004
    <https://doi.org/10.1145/963770.963776>`_): :math:`s_{ui} = \sum_{j: i \in N_k(j)} r_{uj} \, w_{ji}`,
    with the k items i that are most like j by their users, see
    :class:`~pygmmrec.kernels.solvers.set_similarity.SetSimilarity`.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        k: Neighbours of an item. (default: ``100``)
        similarity: ``cosine``, ``tf-idf`` or ``bm25``. (default: ``cosine``)
        user_damping: p; a user counts by :math:`d_u^{-p}`. With 0 a few heavy users decide who is whose
            neighbour. (default: ``0.5``)
        shrink: h, which is added to the lengths that a similarity is divided by. (default: ``0``)
        asymmetry: Share in them of the length of the item whose neighbours are found, at most 1; one half is
            the cosine. (default: ``0.5``)
        neighbours_of: Whose k neighbours count: those of each item that a user has, ``owned``, or of the item
            that is ranked, ``candidate``. (default: ``owned``)

    Raises:
        ValueError: If ``similarity`` is unknown, or a number out of range.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        k: int = 100,
        similarity: Similarity = "cosine",
        user_damping: float = 0.5,
        shrink: float = 0.0,
        asymmetry: float = 0.5,
        neighbours_of: Side = "owned",
    ) -> None:
        super().__init__(num_users, num_items, k, neighbours_of)
        check(similarity in SIMILARITIES, "similarity", f"one of {SIMILARITIES}", self, similarity)
        self.similarity: Similarity = similarity
        self.user_damping = user_damping
        self.shrink = check_number(shrink, "shrink", self, at_least=0)
        self.asymmetry = check_number(asymmetry, "asymmetry", self, at_least=0, at_most=1)

    def solve(self, data: HeteroData, history: Adj) -> None:
        items = history.t()
        alike = SetSimilarity(
            items,
            self.similarity,
            damping=self.user_damping,
            shrink=self.shrink,
            asymmetry=self.asymmetry,
        )
        every = torch.arange(self.num_items, device=items.device)
        found = nearest(lambda some: alike(select_rows(items, some)), every, self.num_items, self.k)
        self.neighbours.assign(*found)
