"""Bayesian personalised ranking."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.utils.check import check

Reduction: TypeAlias = Literal["mean", "sum"]
REDUCTIONS = ("mean", "sum")


def bpr_loss(pos_score: Tensor, neg_score: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    r"""Bayesian personalised ranking (`arXiv 1205.2618 <https://arxiv.org/abs/1205.2618>`_):
    :math:`-\log \sigma(s_{ui} - s_{uj})`.

    Args:
        pos_score: Score of each observed item, [B].
        neg_score: Score of its unobserved counterpart, [B].
        reduction: ``mean`` or ``sum`` over the batch; a weight of another loss term belongs to one of them.

    Raises:
        ValueError: If the shapes differ or the reduction is unknown.
    """
    check(reduction in REDUCTIONS, "reduction", f"one of {REDUCTIONS}", "bpr_loss", reduction)
    check(pos_score.shape == neg_score.shape, "neg_score", f"of shape {list(pos_score.shape)}", "bpr_loss",
          list(neg_score.shape))  # fmt: skip
    loss = -F.logsigmoid(pos_score - neg_score)
    return loss.mean() if reduction == "mean" else loss.sum()


class BPRLoss(nn.Module):
    """:func:`bpr_loss` as a module.

    Args:
        reduction: See :func:`bpr_loss`. (default: ``mean``)
    """

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__()
        check(reduction in REDUCTIONS, "reduction", f"one of {REDUCTIONS}", self, reduction)
        self.reduction: Reduction = reduction

    def forward(self, pos_score: Tensor, neg_score: Tensor) -> Tensor:
        return bpr_loss(pos_score, neg_score, reduction=self.reduction)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(reduction={self.reduction!r})"
