"""Bayesian personalised ranking of several branches, of which those behind count for more."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.utils.check import check


def balanced_bpr_loss(pos_score: Tensor, neg_score: Tensor) -> Tensor:
    r"""BPR of weighted branches (COHESION, `arXiv 2504.04452 <https://arxiv.org/abs/2504.04452>`_), mean over
    the batch: a branch that ranks a pair well already counts for less.

    .. math::
        -\log \sigma \Big( \sum_b w_b \delta_b \Big), \qquad \delta_b = s_{ui}^b - s_{uj}^b, \qquad
        w = 1 - \mathrm{softmax}_b(\delta)

    No gradient flows through w; the weights of K branches sum to K - 1.

    Args:
        pos_score: Score of each observed item by branch, [B, K].
        neg_score: Score of its unobserved counterpart, [B, K].

    Raises:
        ValueError: If the shapes differ.
    """
    shape = list(pos_score.shape)
    check(list(neg_score.shape) == shape, "neg_score", f"of shape {shape}", "balanced_bpr_loss",
          list(neg_score.shape))  # fmt: skip
    margin = pos_score - neg_score
    return -F.logsigmoid((branch_weights(margin) * margin).sum(dim=-1)).mean()  # [B, K] -> [B]


def branch_weights(margin: Tensor) -> Tensor:
    """How much each branch counts, without gradient: margins [B, K] to [B, K]."""
    return 1 - margin.detach().softmax(dim=-1)


class BalancedBPRLoss(nn.Module):
    """:func:`balanced_bpr_loss` as a module."""

    def forward(self, pos_score: Tensor, neg_score: Tensor) -> Tensor:
        return balanced_bpr_loss(pos_score, neg_score)
