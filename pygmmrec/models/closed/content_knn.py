"""Neighbours of items by their content."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.solvers.nearest import nearest
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models.closed.content import checked_dims, content_rows
from pygmmrec.models.closed.item_based import ItemBased, Side
from pygmmrec.nn.fitted.neighbours import ascending, neighbour_matrix
from pygmmrec.utils.check import check_number


class ContentKNN(ItemBased):
    r"""Items that are like a user's items, with no regard to who else has them (`Lops et al., 2011
    <https://doi.org/10.1007/978-0-387-85820-3_3>`_): :math:`s_{ui} = \sum_{j \in N_k(i)} r_{uj} \, w_{ij}`,
    with the k items j of the largest

    .. math::
       w_{ij} = \frac{x_i^\top x_j}{\lVert x_i \rVert \lVert x_j \rVert + h}, \qquad
       x_i = \left[\frac{x_i^1}{\lVert x_i^1 \rVert} \,\Big\Vert\, \dots \,\Big\Vert\,
       \frac{x_i^M}{\lVert x_i^M \rVert}\right]

    An item that lacks a modality has zeros there, and one that lacks all has no neighbours and is none. Items
    that came after the fit find their neighbours in the graph that is given.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Modality name to feature size.
        k: Neighbours of an item. (default: ``10``)
        shrink: h. (default: ``0``)
        normalize: ``False`` leaves the lengths of modalities as they are, so that one with long vectors
            decides. (default: ``True``)
        itself: Whether an item is a neighbour of its own. (default: ``False``)
        neighbours_of: Whose k neighbours count: those of the item that is ranked, ``candidate``, or of the
            items that a user has, ``owned``. (default: ``candidate``)

    Raises:
        ValueError: If there is no modality, or an argument is out of range.

    Differences: released code has ``shrink=10, normalize=False, itself=True, neighbours_of="owned"``.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        k: int = 10,
        shrink: float = 0.0,
        normalize: bool = True,
        itself: bool = False,
        neighbours_of: Side = "candidate",
    ) -> None:
        super().__init__(num_users, num_items, k, neighbours_of)
        self.modality_dims = checked_dims(modality_dims, self)
        self.shrink = check_number(shrink, "shrink", self, at_least=0)
        self.normalize = normalize
        self.itself = itself

    def solve(self, data: HeteroData, history: Adj) -> None:
        every = torch.arange(self.num_items, device=history.device)
        self.neighbours.assign(*self._among(data, every))

    def item_rows(self, data: HeteroData) -> Tensor:
        index, weight = self.neighbours.index, self.neighbours.weight
        new = (index[:, 0] < 0).nonzero().squeeze(1)
        if new.numel() > 0:
            found = ascending(*self._among(data, new))
            index, weight = (x.index_copy(0, new, y) for x, y in zip((index, weight), found, strict=True))
        return self.by_owned(neighbour_matrix(index, weight, self.num_items))

    def _among(self, data: HeteroData, items: Tensor) -> tuple[Tensor, Tensor]:
        """Neighbours of some items, [B, k] each."""
        x = content_rows(data, self.modality_dims, self, normalize=self.normalize).to(self.dtype)  # [I, F]
        length = x.norm(dim=1)

        def alike(some: Tensor) -> Tensor:
            product = length[some].unsqueeze(1) * length  # [b, I]
            none = product == 0
            similarity: Tensor = (x[some] @ x.t()) / (product + self.shrink).masked_fill(none, 1.0)
            return similarity.masked_fill_(none, -torch.inf)

        return nearest(alike, items, self.num_items, self.k, itself=self.itself)
