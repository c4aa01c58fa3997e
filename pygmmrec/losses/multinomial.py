"""How likely a model draws what is there, out of everything."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.kernels.rows.weighted_mean import weighted_mean
from pygmmrec.utils.check import check


def multinomial_loss(logits: Tensor, target: Tensor, *, weight: Tensor | None = None) -> Tensor:
    r"""Multinomial likelihood (`arXiv 1802.05814 <https://arxiv.org/abs/1802.05814>`_), mean over the batch:
    :math:`-\sum_i x_i \log \mathrm{softmax}(s)_i`.

    Args:
        logits: :math:`s`, [B, N].
        target: :math:`x`, how often or how much each is there, [B, N].
        weight: How much each row counts, [B]; all the same if not given.

    Raises:
        ValueError: If the shapes differ.
    """
    shape = list(logits.shape)
    check(list(target.shape) == shape, "target", f"of shape {shape}", "multinomial_loss", list(target.shape))
    return weighted_mean(-(target * F.log_softmax(logits, dim=-1)).sum(dim=-1), weight)  # [B, N] -> [B]


def blocked_multinomial_loss(
    decode: Callable[[Tensor], Tensor], z: Tensor, target: Tensor, height: int, weight: Tensor
) -> Tensor:
    """:func:`multinomial_loss` of the logits ``decode(z)``, a block of rows at a time.

    Args:
        decode: Gives the logits of some rows, [b, ...] to [b, N].
        z: What is decoded, [B, ...].
        target: What is to be found, [B, N].
        height: Rows of a block.
        weight: How much each row counts, [B].
    """
    blocks = zip(z.split(height), target.split(height), weight.split(height), strict=True)
    sums = [multinomial_loss(decode(rows), x, weight=w) * w.sum() for rows, x, w in blocks]
    return torch.stack(sums).sum() / weight.sum()


class MultinomialLoss(nn.Module):
    """:func:`multinomial_loss` as a module."""

    def forward(self, logits: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        return multinomial_loss(logits, target, weight=weight)
