"""What users think of items by one view of them, and by another."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from pygmmrec.kernels.rows.blockwise import blockwise
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.utils.check import check

ENTRIES = 1 << 22
"""Pairs at a time."""


def agreement_loss(user: Tensor, view: Tensor, other: Tensor) -> Tensor:
    r"""The alignment of users and items of DA-MRS (`arXiv 2406.12501 <https://arxiv.org/abs/2406.12501>`_):
    the symmetric divergence of two Bernoulli distributions, mean over all pairs of users and items.

    .. math::
        (a_{ui} - b_{ui}) (\mathrm{logit}(a_{ui}) - \mathrm{logit}(b_{ui})), \qquad
        a_{ui} = \sigma\Big( e_u^\top \frac{x_i}{\lVert x_i \rVert} \Big), \qquad
        b_{ui} = \sigma\Big( e_u^\top \frac{y_i}{\lVert y_i \rVert} \Big)

    Pairs are there a block of users at a time.

    Args:
        user: Users, [B, D].
        view: One view x of the items, [N, D].
        other: The other view y, [N, D].

    Raises:
        ValueError: If the shapes differ.
    """
    shape = list(view.shape)
    check(list(other.shape) == shape, "other", f"of shape {shape}", "agreement_loss", list(other.shape))
    items = [unit_rows(view), unit_rows(other)]
    (divergence,) = blockwise(_divergence, [user], items, block_size=max(ENTRIES // shape[0], 1), add=False)
    return divergence.mean()


def _divergence(users: Sequence[Tensor], items: Sequence[Tensor]) -> list[Tensor]:
    """Of each user, its mean over items: [b, D] and two of [N, D] to [b]."""
    left, right = (users[0] @ view.t() for view in items)  # [b, D] x [D, N] -> [b, N]
    return [((left.sigmoid() - right.sigmoid()) * (left - right)).mean(dim=-1)]


class AgreementLoss(nn.Module):
    """:func:`agreement_loss` as a module."""

    def forward(self, user: Tensor, view: Tensor, other: Tensor) -> Tensor:
        return agreement_loss(user, view, other)
