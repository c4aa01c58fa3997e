"""EASE with content."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models.closed.content import checked_dims, content_rows
from pygmmrec.models.closed.ease import EASE


class CEASE(EASE):
    r""":class:`EASE` of items that have their users and their content in common (`Jeunen et al., RecSys 2020
    <https://doi.org/10.1145/3383313.3418480>`_). Features F stand below the interactions, with a weight:

    .. math::
       P = (R^\top R + w \, F F^\top + \lambda I)^{-1}, \qquad B = I - P \, \mathrm{diag}(P)^{-1}

    Each modality of an item is of length one; an item that lacks one has zeros there.

    Args:
        num_users: Number of users U.
        num_items: Number of items I; at most 15,000 without ``k``.
        modality_dims: Modality name to feature size.
        reg_weight: :math:`\lambda`. (default: ``250``)
        content_weight: w. (default: ``1``)
        k: Entries of a column of B, see :class:`EASE`; ``None`` for all. (default: ``None``)

    Raises:
        ValueError: If there is no modality, ``reg_weight`` is 0, or the matrix would be too large.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        reg_weight: float = 250.0,
        content_weight: float = 1.0,
        k: int | None = None,
    ) -> None:
        super().__init__(num_users, num_items, reg_weight=reg_weight, k=k)
        self.modality_dims = checked_dims(modality_dims, self)
        self.content_weight = content_weight

    def content(self, data: HeteroData) -> Tensor:
        rows = content_rows(data, self.modality_dims, self).to(self.dtype)  # [I, F]
        return rows * float(self.content_weight**0.5)
