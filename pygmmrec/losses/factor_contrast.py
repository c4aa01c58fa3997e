"""Contrast of the factors of a node with each other, in two views."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.kernels.rows.weighted_mean import weighted_mean
from pygmmrec.utils.check import check


def factor_contrast_loss(a: Tensor, b: Tensor, *, weight: Tensor | None = None) -> Tensor:
    r"""A bound on the information that two views share factor by factor (`DGVAE
    <https://arxiv.org/abs/2402.16110>`_): the same factor agrees, another one does not.

    .. math::
        \frac{1}{K} \sum_k \Big( \log(1 + e^{-a_k^\top b_k})
            + \frac{1}{K - 1} \sum_{j \neq k} \log(1 + e^{a_k^\top b_j}) \Big)

    It is the mean over the batch. Negatives are other factors of the same node: no node meets another.

    Args:
        a: One view, [B, K, D].
        b: The other view of the same factors, [B, K, D].
        weight: How much each row counts, [B]; all the same if not given.

    Raises:
        ValueError: If the shapes differ or have not three dimensions.
    """
    shape = list(a.shape)
    check(a.dim() == 3, "a", "of shape [B, K, D]", "factor_contrast_loss", shape)
    check(list(b.shape) == shape, "b", f"of shape {shape}", "factor_contrast_loss", list(b.shape))
    product = a @ b.transpose(1, 2)  # [B, K, D] x [B, D, K] -> [B, K, K]
    own = product.diagonal(dim1=1, dim2=2)  # [B, K]
    loss = F.softplus(-own).mean(dim=1)
    if a.size(1) > 1:
        same = torch.eye(a.size(1), dtype=torch.bool, device=a.device)
        loss = loss + F.softplus(product).masked_fill(same, 0.0).sum(dim=2).mean(dim=1) / (a.size(1) - 1)
    return weighted_mean(loss, weight)


class FactorContrastLoss(nn.Module):
    """:func:`factor_contrast_loss` as a module."""

    def forward(self, a: Tensor, b: Tensor, weight: Tensor | None = None) -> Tensor:
        return factor_contrast_loss(a, b, weight=weight)
