"""How much two views of the same rows say the same."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pygmmrec.utils.check import check

FLOOR = 1e-6
"""Added to the length of rows."""


def orthogonality_loss(x: Tensor, other: Tensor) -> Tensor:
    r"""Mean square of the D × D products of columns of two views, so that they come to differ (difference
    loss, `arXiv 1608.06019 <https://arxiv.org/abs/1608.06019>`_):

    .. math::
        \frac{1}{D^2} \Vert \tilde{X}^\top \tilde{Y} \Vert_F^2

    where rows are centred over the batch and then divided by their lengths, through which no gradient flows.

    Args:
        x: One view, [B, D].
        other: The other view of the same rows, [B, D].

    Raises:
        ValueError: If the shapes differ.
    """
    shape = list(x.shape)
    check(list(other.shape) == shape, "other", f"of shape {shape}", "orthogonality_loss", list(other.shape))
    x, other = _scaled(x), _scaled(other)
    return (x.t() @ other).square().mean()  # [D, B] x [B, D] -> [D, D]


def _scaled(x: Tensor) -> Tensor:
    x = x - x.mean(dim=0)
    length: Tensor = torch.linalg.vector_norm(x.detach(), dim=1, keepdim=True)  # [B, 1]
    return x / (length + FLOOR)


class OrthogonalityLoss(nn.Module):
    """:func:`orthogonality_loss` as a module."""

    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        return orthogonality_loss(x, other)
