"""Bayesian personalised ranking of pairs that modalities believe in, more or less."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.utils.check import check


def denoised_bpr_loss(
    pos_score: Tensor,
    neg_score: Tensor,
    pos_belief: Tensor,
    neg_belief: Tensor,
    pos_having: Tensor | None = None,
    neg_having: Tensor | None = None,
) -> Tensor:
    r"""BPR in which a pair may be noise, or turned round (DA-MRS, `arXiv 2406.12501
    <https://arxiv.org/abs/2406.12501>`_), mean over the batch:

    .. math::
        w_+ \, \mathrm{sp}(s_{uj} - s_{ui}) + w_- \, \mathrm{sp}(s_{ui} - s_{uj}), \qquad
        \mathrm{sp}(x) = \log(1 + e^x)

    A view x of an item believes in a user's click as far as :math:`g_x(u, i)` between 0 and 1 says. With
    :math:`p` the mean of the views of the observed item, :math:`v` their variance, and :math:`\bar{n}` the
    mean of all views of all unobserved items of the batch,

    .. math::
        w_+ = \min(1, p \, e^{-2 v}), \qquad
        w_- = \big[ p < \bar{n} \big] \cdot \max_x \big( g_x(u, i) - \bar{n} \big)_+

    No gradient flows through both.

    Args:
        pos_score: Score of each observed item, [B].
        neg_score: Score of its unobserved counterpart, [B].
        pos_belief: :math:`g_x(u, i)` by view, [B, X].
        neg_belief: :math:`g_x(u, j)` by view, [B, X].
        pos_having: Which views the observed item has, bool [B, X], at least one; ``None`` for all.
        neg_having: The same of the unobserved item.

    Raises:
        ValueError: If the shapes differ.
    """
    shape, where = list(pos_score.shape), "denoised_bpr_loss"
    check(list(neg_score.shape) == shape, "neg_score", f"of shape {shape}", where, list(neg_score.shape))
    same = pos_belief.shape == neg_belief.shape and list(pos_belief.shape[:1]) == shape
    check(same, "pos_belief", f"of shape [{shape[0]}, X]", where, list(pos_belief.shape))
    pos_weight, neg_weight = pair_weights(pos_belief, neg_belief, pos_having, neg_having)
    margin = pos_score - neg_score
    return (pos_weight * F.softplus(-margin) + neg_weight * F.softplus(margin)).mean()


@torch.no_grad()
def pair_weights(
    pos_belief: Tensor, neg_belief: Tensor, pos_having: Tensor | None = None, neg_having: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """How much each pair counts as it is, and how much turned round, [B] each; see
    :func:`denoised_bpr_loss`."""
    having = torch.ones_like(pos_belief) if pos_having is None else pos_having.to(pos_belief.dtype)
    count = having.sum(dim=-1)  # [B, X] -> [B]
    mean = (pos_belief * having).sum(dim=-1) / count
    deviation = (pos_belief - mean.unsqueeze(-1)).square() * having
    variance = deviation.sum(dim=-1) / (count - 1).clamp(min=1)
    others = neg_belief.mean() if neg_having is None else neg_belief[neg_having].mean()
    largest = pos_belief.masked_fill(having == 0, -torch.inf).amax(dim=-1)
    turned = (largest - others).clamp(0, 1) * (mean < others)
    return (mean * (-2 * variance).exp()).clamp(0, 1), turned


class DenoisedBPRLoss(nn.Module):
    """:func:`denoised_bpr_loss` as a module."""

    def forward(
        self,
        pos_score: Tensor,
        neg_score: Tensor,
        pos_belief: Tensor,
        neg_belief: Tensor,
        pos_having: Tensor | None = None,
        neg_having: Tensor | None = None,
    ) -> Tensor:
        return denoised_bpr_loss(pos_score, neg_score, pos_belief, neg_belief, pos_having, neg_having)
