"""Neighbours of users by the items that they have in common."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.solvers.nearest import best_columns, nearest
from pygmmrec.kernels.solvers.set_similarity import SIMILARITIES, SetSimilarity, Similarity
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows
from pygmmrec.kernels.sparse.sparse_tensors import transposed_csc
from pygmmrec.models.closed.closed_form import ClosedForm
from pygmmrec.nn import FittedNeighbours
from pygmmrec.nn.fitted.neighbours import ascending, neighbour_matrix
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check, check_number


class UserKNN(ClosedForm):
    r"""Items of the users who have a user's items (`Herlocker et al., SIGIR 1999
    <https://doi.org/10.1145/312624.312682>`_): :math:`s_{ui} = \sum_{v \in N_k(u)} w_{uv} \, r_{vi}`, with
    the k users v that are most like u by their items, see
    :class:`~pygmmrec.kernels.solvers.set_similarity.SetSimilarity`.

    Users who came after the fit find their neighbours in the graph that is given.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        k: Neighbours of a user. (default: ``500``)
        similarity: ``cosine``, ``tf-idf`` or ``bm25``. (default: ``cosine``)
        item_damping: p; an item counts by :math:`d_i^{-p}`. (default: ``0``)
        shrink: h, which is added to the lengths that a similarity is divided by. (default: ``0``)
        asymmetry: Share of the user's own length in them, at most 1; one half is the cosine.
            (default: ``0.5``)

    Raises:
        ValueError: If ``similarity`` is unknown, or a number out of range.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        k: int = 500,
        similarity: Similarity = "cosine",
        item_damping: float = 0.0,
        shrink: float = 0.0,
        asymmetry: float = 0.5,
    ) -> None:
        super().__init__(num_users, num_items)
        check(similarity in SIMILARITIES, "similarity", f"one of {SIMILARITIES}", self, similarity)
        self.k = k
        self.similarity: Similarity = similarity
        self.item_damping = item_damping
        self.shrink = check_number(shrink, "shrink", self, at_least=0)
        self.asymmetry = check_number(asymmetry, "asymmetry", self, at_least=0, at_most=1)
        self.neighbours = FittedNeighbours("user", num_users, k)

    def solve(self, data: HeteroData, history: Adj) -> None:
        every = torch.arange(self.num_users, device=history.device)
        self.neighbours.assign(*self._among(history, every))

    def forward(self, data: HeteroData) -> Embeddings:
        self.check_fitted()
        history, index, weight = self.history(data), self.neighbours.index, self.neighbours.weight
        new = ((index[:, 0] < 0) & (history.degree() > 0)).nonzero().squeeze(1)
        if new.numel() > 0:
            found = ascending(*self._among(history, new))
            index, weight = (x.index_copy(0, new, y) for x, y in zip((index, weight), found, strict=True))
        users = neighbour_matrix(index, weight, history.num_rows)  # [U, U]
        return Embeddings(users.csr(), transposed_csc(history))

    def user_rows(self, data: HeteroData, items: Adj) -> Tensor:
        known = self.history(data)
        index, weight = ascending(*best_columns(self._alike(known)(items), self.k))
        return neighbour_matrix(index, weight, known.num_rows).csr()  # [B, U]

    def item_rows(self, data: HeteroData) -> Tensor:
        return transposed_csc(self.history(data))  # [I, U]

    def _among(self, history: Adj, users: Tensor) -> tuple[Tensor, Tensor]:
        """Neighbours of some users, [B, k] each, and not they themselves."""
        alike = self._alike(history)
        return nearest(lambda some: alike(select_rows(history, some)), users, history.num_rows, self.k)

    def _alike(self, history: Adj) -> SetSimilarity:
        return SetSimilarity(
            history,
            self.similarity,
            damping=self.item_damping,
            shrink=self.shrink,
            asymmetry=self.asymmetry,
        )
