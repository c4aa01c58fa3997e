"""Contrast of two views of the same nodes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pygmmrec.utils.check import check
from pygmmrec.utils.unit_rows import unit_rows


def info_nce_loss(
    anchor: Tensor, positive: Tensor, *, temperature: float = 0.2, index: Tensor | None = None
) -> Tensor:
    r"""InfoNCE with in-batch negatives (`arXiv 1807.03748 <https://arxiv.org/abs/1807.03748>`_), mean over
    the batch:

    .. math::
        -\log \frac{\exp(\cos(a_b, p_b) / \tau)}{\sum_{c} \exp(\cos(a_b, p_c) / \tau)}

    Args:
        anchor: One view, [B, D].
        positive: The other view of the same rows, [B, D].
        temperature: :math:`\tau`.
        index: Node of each row, [B]: another row of the same node is no negative, and is left out of the sum.

    Raises:
        ValueError: If the shapes differ or the temperature is not positive.
    """
    check(temperature > 0, "temperature", "positive", "info_nce_loss", temperature)
    check(anchor.shape == positive.shape, "positive", f"of shape {list(anchor.shape)}", "info_nce_loss",
          list(positive.shape))  # fmt: skip
    logits = unit_rows(anchor) @ unit_rows(positive).t() / temperature  # [B, B]
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))  # under autocast they are short
    if index is not None:
        repeated = index.unsqueeze(0) == index.unsqueeze(1)  # [B, B]
        repeated.fill_diagonal_(False)
        logits = logits.masked_fill(repeated, -torch.inf)
    return (logits.logsumexp(dim=-1) - logits.diagonal()).mean()


class InfoNCELoss(nn.Module):
    """:func:`info_nce_loss` as a module.

    Args:
        temperature: See :func:`info_nce_loss`. (default: ``0.2``)
    """

    def __init__(self, *, temperature: float = 0.2) -> None:
        super().__init__()
        check(temperature > 0, "temperature", "positive", self, temperature)
        self.temperature = temperature

    def forward(self, anchor: Tensor, positive: Tensor, index: Tensor | None = None) -> Tensor:
        return info_nce_loss(anchor, positive, temperature=self.temperature, index=index)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(temperature={self.temperature})"
