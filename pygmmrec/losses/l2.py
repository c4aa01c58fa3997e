"""Weight decay on the rows that a batch touches."""

from __future__ import annotations

from torch import Tensor, nn

from pygmmrec.losses.bpr import REDUCTIONS, Reduction
from pygmmrec.utils.check import check


def l2_loss(*embeddings: Tensor, squared: bool = True, reduction: Reduction = "mean") -> Tensor:
    r"""Norm of the embeddings in a batch.

    .. math::
        \tfrac{1}{2} \sum_k \Vert E_k \Vert_F^2 \quad \text{(squared)}, \qquad
        \sum_k \Vert E_k \Vert_F \quad \text{(not squared)}

    ``mean`` divides it by the number of rows B of the first tensor. Much of the field's released code does
    not square the norm, so that its weights are not comparable with those of other code.

    Args:
        embeddings: One or more tensors, each [B, D].
        squared: Whether the norm is squared.
        reduction: ``mean`` or ``sum`` over the batch.

    Raises:
        ValueError: If nothing is given or the reduction is unknown.
    """
    check(len(embeddings) > 0, "embeddings", "at least one tensor", "l2_loss", embeddings)
    check(reduction in REDUCTIONS, "reduction", f"one of {REDUCTIONS}", "l2_loss", reduction)
    norms = [x.square().sum() / 2 if squared else x.norm() for x in embeddings]
    total = sum(norms[1:], start=norms[0])
    return total / embeddings[0].size(0) if reduction == "mean" else total


class L2Loss(nn.Module):
    """:func:`l2_loss` as a module.

    Args:
        squared: See :func:`l2_loss`. (default: ``True``)
        reduction: See :func:`l2_loss`. (default: ``mean``)
    """

    def __init__(self, *, squared: bool = True, reduction: Reduction = "mean") -> None:
        super().__init__()
        check(reduction in REDUCTIONS, "reduction", f"one of {REDUCTIONS}", self, reduction)
        self.squared = squared
        self.reduction: Reduction = reduction

    def forward(self, *embeddings: Tensor) -> Tensor:
        return l2_loss(*embeddings, squared=self.squared, reduction=self.reduction)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(squared={self.squared}, reduction={self.reduction!r})"
