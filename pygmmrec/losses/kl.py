"""How far a normal distribution is from the standard one."""

from __future__ import annotations

from torch import Tensor, nn

from pygmmrec.kernels.rows.weighted_mean import weighted_mean
from pygmmrec.utils.check import check


def kl_loss(log_var: Tensor, mean: Tensor | None = None, *, weight: Tensor | None = None) -> Tensor:
    r"""Divergence of :math:`N(\mu, \mathrm{diag}(\sigma^2))` from :math:`N(0, 1)` (`arXiv 1312.6114
    <https://arxiv.org/abs/1312.6114>`_), mean over the batch:

    .. math::
        -\tfrac{1}{2} \sum_d \left( 1 + \log \sigma_d^2 - \mu_d^2 - \sigma_d^2 \right)

    Args:
        log_var: :math:`\log \sigma^2`, [B, ..., D]; summed over all but the first dimension.
        mean: :math:`\mu`, of the same shape; left out where its length is fixed and its term a constant.
        weight: How much each row counts, [B]; all the same if not given.

    Raises:
        ValueError: If the shapes differ.
    """
    terms = 1 + log_var - log_var.exp()
    if mean is not None:
        shape = list(log_var.shape)
        check(list(mean.shape) == shape, "mean", f"of shape {shape}", "kl_loss", list(mean.shape))
        terms = terms - mean.square()
    return weighted_mean(terms.flatten(1).sum(dim=1) / -2, weight)  # [B, ..., D] -> [B]


class KLLoss(nn.Module):
    """:func:`kl_loss` as a module."""

    def forward(self, log_var: Tensor, mean: Tensor | None = None, weight: Tensor | None = None) -> Tensor:
        return kl_loss(log_var, mean, weight=weight)
