"""Several views of the same nodes, whose elements are to be spread alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import torch
from torch import Tensor, nn

from pygmmrec.utils.check import check


def moment_loss(views: Sequence[Tensor]) -> Tensor:
    r"""The alignment of modalities of MENTOR (`arXiv 2402.19407 <https://arxiv.org/abs/2402.19407>`_) and
    GUME: two numbers of each view are compared, over all pairs of views.

    .. math::
        \sum_{a < b} | \mathrm{var}(a) - \mathrm{var}(b) | + | \mathrm{mean}(a) - \mathrm{mean}(b) |

    Mean and (unbiased) variance are of all elements of a view.

    Args:
        views: Views of nodes, [N, D] each; N may differ, where some nodes lack a view. One view alone has a
            loss of zero.

    Raises:
        ValueError: If there is no view, or one has fewer than two elements.
    """
    sizes = [view.numel() for view in views]
    fits = len(sizes) > 0 and min(sizes) > 1
    check(fits, "views", "at least one, of two elements or more", "moment_loss", sizes)
    mean = torch.stack([view.mean() for view in views])  # [X]
    variance = torch.stack([view.var() for view in views])
    left, right = torch.tensor(
        list(combinations(range(len(views)), 2)), dtype=torch.int64, device=mean.device
    ).view(-1, 2).t()  # fmt: skip
    return sum(((x[left] - x[right]).abs().sum() for x in (variance, mean)), start=mean.new_zeros(()))


class MomentLoss(nn.Module):
    """:func:`moment_loss` as a module."""

    def forward(self, views: Sequence[Tensor]) -> Tensor:
        return moment_loss(views)
