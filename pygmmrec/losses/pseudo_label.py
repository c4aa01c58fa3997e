"""Items that several views hold to be alike, and items that one view does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from pygmmrec.kernels.rows.blockwise import blockwise
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.utils.check import check, check_integer, check_number

FLOOR = 1e-9
"""Ahead of each logarithm, as released."""

ENTRIES = 1 << 22
"""Similarities at a time."""


def pseudo_label_loss(
    views: Sequence[Tensor],
    index: Tensor,
    having: Tensor | None = None,
    *,
    num_labels: int = 10,
    temperature: float = 0.2,
) -> Tensor:
    r"""The alignment of items of DA-MRS (`arXiv 2406.12501 <https://arxiv.org/abs/2406.12501>`_), mean over
    views and, in each, over the batch's items i:

    .. math::
        - \log \Big( \frac{\sum_{j \in S} e_{ij}}{\sum_j e_{ij}} + \epsilon \Big)
        - \log \Big( \frac{\sum_{j \in T} e_{ij}}{\sum_{j \notin S} e_{ij}} + \epsilon \Big), \qquad
        e_{ij} = \exp(\cos(h_{x,i}, h_{x,j}) / \tau)

    With :math:`q_x` the softmax over all items of a view's cosines, S are the K items with the largest
    :math:`q_x + \sum_{x'} q_{x'}`, and T the K of the others with the largest :math:`q_x`; no gradient flows
    through the choice. K is at most half of the items. The B × I similarities are there a block of rows at a
    time, so that time is O(X · B · I · D) and memory O(X · I · D).

    Args:
        views: Views of all items, each [I, D].
        index: Items of the batch, each once, [B] int64.
        having: Which items have which view, bool [I, X]: the others are no candidates in it and are left out
            of its mean. ``None`` for all.
        num_labels: K.
        temperature: :math:`\tau`.

    Raises:
        ValueError: If there is no view, their shapes differ, or an argument is out of range.
    """
    return view_losses(views, index, having, num_labels=num_labels, temperature=temperature).mean()


def view_losses(
    views: Sequence[Tensor], index: Tensor, having: Tensor | None, *, num_labels: int, temperature: float
) -> Tensor:
    """The loss of each view, [X]; see :func:`pseudo_label_loss`."""
    where = "pseudo_label_loss"
    check(len(views) > 0, "views", "at least one", where, len(views))
    shape = list(views[0].shape)
    fits = all(list(view.shape) == shape for view in views)
    check(fits, "views", f"all of shape {shape}", where, [list(view.shape) for view in views])
    check_number(temperature, "temperature", where, above=0)
    units = [unit_rows(view) for view in views]
    if having is None:
        having = torch.ones(shape[0], len(units), dtype=torch.bool, device=index.device)
    shared, single = pseudo_labels(units, index, having, num_labels)
    losses = []
    for x, unit in enumerate(units):
        some = having[index, x]  # [B]
        if not some.any():
            losses.append(unit.sum() * 0)
            continue
        given = [rows(unit, index[some]), shared[x, some], single[x, some]]
        function = partial(_row_losses, candidate=having[:, x], temperature=temperature)
        (loss,) = blockwise(function, given, [unit], block_size=max(ENTRIES // shape[0], 1), add=False)
        losses.append(loss.mean())
    return torch.stack(losses)


def _row_losses(
    given: Sequence[Tensor], units: Sequence[Tensor], *, candidate: Tensor, temperature: float
) -> list[Tensor]:
    """Of rows [b, D] with their labels, two of [b, K], and all items [I, D]: to [b]."""
    row, shared, single = given
    logit = (row @ units[0].t() - 1) / temperature  # [b, D] x [D, I] -> [b, I]
    e = logit.masked_fill(~candidate, -torch.inf).exp()
    whole, common, own = e.sum(dim=1), e.gather(1, shared).sum(dim=1), e.gather(1, single).sum(dim=1)
    rest = (whole - common).clamp(min=torch.finfo(e.dtype).tiny)
    return [-(common / whole + FLOOR).log() - (own / rest + FLOOR).log()]


@torch.no_grad()
def pseudo_labels(
    units: Sequence[Tensor], index: Tensor, having: Tensor, num_labels: int
) -> tuple[Tensor, Tensor]:
    """The items S and T of each view and item, [X, B, K] each; see :func:`pseudo_label_loss`.

    Args:
        units: Views with rows of length one, each [I, D].
        index: Items of the batch, [B].
        having: Which items have which view, bool [I, X].
        num_labels: K.
    """
    num_items = units[0].size(0)
    k = min(check_integer(num_labels, "num_labels", "pseudo_label_loss", at_least=1), num_items // 2)
    blocks = index.split(max(ENTRIES // (num_items * len(units)), 1))
    labels = torch.cat([_block_labels(units, block, having, k) for block in blocks])  # [B, X, 2, K]
    shared, single = labels.permute(2, 1, 0, 3)
    return shared, single


def _block_labels(units: Sequence[Tensor], index: Tensor, having: Tensor, k: int) -> Tensor:
    near = []
    for x, unit in enumerate(units):
        cosine = unit[index] @ unit.t()  # [b, D] x [D, I] -> [b, I]
        share = cosine.masked_fill(~having[:, x], -torch.inf).softmax(dim=-1)
        near.append(share * having[index, x].unsqueeze(-1))
    total = torch.stack(near).sum(dim=0)
    labels = []
    for q in near:
        shared = (total + q).topk(k).indices  # [b, K]
        labels.append(torch.stack([shared, q.scatter(1, shared, -1.0).topk(k).indices], dim=1))
    return torch.stack(labels, dim=1)  # [b, X, 2, K]


class PseudoLabelLoss(nn.Module):
    """:func:`pseudo_label_loss` as a module.

    Args:
        num_labels: See :func:`pseudo_label_loss`. (default: ``10``)
        temperature: See :func:`pseudo_label_loss`. (default: ``0.2``)
    """

    def __init__(self, *, num_labels: int = 10, temperature: float = 0.2) -> None:
        super().__init__()
        self.num_labels = check_integer(num_labels, "num_labels", self, at_least=1)
        self.temperature = check_number(temperature, "temperature", self, above=0)

    def forward(self, views: Sequence[Tensor], index: Tensor, having: Tensor | None = None) -> Tensor:
        return pseudo_label_loss(
            views, index, having, num_labels=self.num_labels, temperature=self.temperature
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_labels={self.num_labels}, temperature={self.temperature})"
