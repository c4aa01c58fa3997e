"""What several experts believe, each by how sure it is, as one belief."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pygmmrec.utils.check import check

FLOOR = 1e-8
"""Added to variances."""


class ProductOfExperts(nn.Module):
    r"""The product of normal distributions (`MVAE, arXiv 1802.05335 <https://arxiv.org/abs/1802.05335>`_):

    .. math::
        \mu = \frac{\sum_v t_v \mu_v}{\sum_v t_v}, \qquad \log \sigma^2 = -\log \sum_v t_v, \qquad
        t_v = \frac{1}{\sigma_v^2 + 10^{-8}}

    An expert who knows nothing of a node, by a mask, has no part in its product.

    Shapes:
        - **input:** means and logarithms of variances by expert, [N, D] each; by expert a bool mask [N] or
          ``None``; some expert has to know each node
        - **output:** mean and logarithm of the variance, [N, D] each

    Raises:
        ValueError: If there is no expert, or their numbers differ.
    """

    def forward(
        self, mean: Sequence[Tensor], log_var: Sequence[Tensor], known: Sequence[Tensor | None]
    ) -> tuple[Tensor, Tensor]:
        fits = len(mean) == len(log_var) == len(known) > 0
        check(fits, "mean", "as many as 'log_var' and 'known', at least one", self, len(mean))
        precision = [1 / (each.exp() + FLOOR) for each in log_var]  # of [N, D]
        pairs = zip(precision, known, strict=True)
        precision = [t if mask is None else t * mask.unsqueeze(1) for t, mask in pairs]
        total = torch.stack(precision).sum(dim=0)
        weighted = torch.stack([t * mu for t, mu in zip(precision, mean, strict=True)]).sum(dim=0)
        return weighted / total, -total.log()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
