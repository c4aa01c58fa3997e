"""Contrast of two views of some nodes, with all nodes as negatives."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from pygmmrec.kernels.columns.column_shard import ranks_of, whole
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses.bpr import REDUCTIONS, Reduction
from pygmmrec.utils.check import check, check_number

CPU_ENTRIES = 1 << 19
"""Entries of the similarity matrix at a time on the CPU, so that they stay in the cache."""

GPU_ENTRIES = 1 << 26
"""Entries of the similarity matrix at a time elsewhere."""


def full_nce_loss(
    anchor: Tensor,
    other: Tensor,
    index: Tensor,
    *,
    among: Tensor | None = None,
    temperature: float = 0.2,
    reduction: Reduction = "mean",
    normalize: bool = True,
    bound: float = math.inf,
) -> Tensor:
    r"""InfoNCE (`arXiv 1807.03748 <https://arxiv.org/abs/1807.03748>`_) in which all nodes are negatives, and
    not only those of the batch:

    .. math::
        -\log \frac{\exp(\cos(a_n, o_n) / \tau)}{\sum_{c=1}^{N} \exp(\cos(a_n, o_c) / \tau)}

    for the nodes n of a batch, a node that the batch repeats counting as often. The B × N similarities are
    never there at once, and the gradient comes from the same pass as the value: time is O(B · N · D), memory
    O(N · D). It can be differentiated once.

    Args:
        anchor: One view of all nodes, [N, D].
        other: The other view of all nodes, [N, D].
        index: Nodes of the batch, [B] int64.
        among: Which nodes have both views, bool [N]: the others are no negatives, and are left out of the
            batch. A batch without any has a loss of zero.
        temperature: :math:`\tau`.
        reduction: ``mean`` or ``sum`` over the batch.
        normalize: Whether similarities are cosines, and not dot products.
        bound: What a node's similarity with itself, over the temperature, is clamped to in the numerator,
            on either side; LightGCL (`arXiv 2302.08191 <https://arxiv.org/abs/2302.08191>`_) has 5.

    Raises:
        ValueError: If the shapes differ, the temperature or the bound is not positive, or the reduction is
            unknown.
    """
    _check(anchor, other, temperature, reduction, bound, "full_nce_loss")
    dtype = torch.promote_types(torch.promote_types(anchor.dtype, other.dtype), torch.float32)
    position = index
    if among is not None:
        index = index[among[index]]
        other = rows(other, among.nonzero().squeeze(1))  # [N, D] -> [N', D]
        position = (among.cumsum(0) - 1)[index]
    position, count = position.unique(return_counts=True)
    weight = count.to(dtype)
    picked, other = rows(anchor, index.unique()).to(dtype), other.to(dtype)
    if normalize:
        picked, other = unit_rows(picked), unit_rows(other)
    picked = picked / temperature
    log_sum: Tensor = _SumOfLogSumExp.apply(picked, other, weight)  # type: ignore[no-untyped-call]
    own = (picked * rows(other, position)).sum(dim=-1).clamp(-bound, bound)  # [B']
    total: Tensor = log_sum - (own * weight).sum()
    return total / max(index.numel(), 1) if reduction == "mean" else total


def full_nce_loss_ref(
    anchor: Tensor,
    other: Tensor,
    index: Tensor,
    *,
    among: Tensor | None = None,
    temperature: float = 0.2,
    reduction: Reduction = "mean",
    normalize: bool = True,
    bound: float = math.inf,
) -> Tensor:
    """What :func:`full_nce_loss` computes, through the whole B × N matrix and autograd."""
    _check(anchor, other, temperature, reduction, bound, "full_nce_loss_ref")
    if normalize:
        anchor, other = unit_rows(anchor), unit_rows(other)
    logits = anchor[index] @ other.t() / temperature  # [B, N]
    own = logits.gather(1, index.unsqueeze(1)).squeeze(1).clamp(-bound, bound)  # [B]
    if among is not None:
        logits, own = logits.masked_fill(~among, -torch.inf)[among[index]], own[among[index]]
    loss = logits.logsumexp(dim=-1) - own
    return loss.sum() / max(own.numel(), 1) if reduction == "mean" else loss.sum()


def _check(
    anchor: Tensor, other: Tensor, temperature: float, reduction: Reduction, bound: float, where: str
) -> None:
    check_number(temperature, "temperature", where, above=0)
    check(bound > 0, "bound", "above 0", where, bound)
    check(reduction in REDUCTIONS, "reduction", f"one of {REDUCTIONS}", where, reduction)
    shape = list(anchor.shape)
    check(anchor.shape == other.shape, "other", f"of shape {shape}", where, list(other.shape))


class _SumOfLogSumExp(torch.autograd.Function):
    r""":math:`\sum_b n_b \log \sum_c \exp(a_b^\top o_c)` for weights n, a block of rows at a time.

    Processes that share the columns of a table share the rows here.
    """

    @staticmethod
    def forward(ctx: Any, anchor: Tensor, other: Tensor, weight: Tensor) -> Tensor:
        ranks, num_rows, num_nodes = ranks_of(anchor, other), anchor.size(0), other.size(0)
        anchor, other = whole(anchor), whole(other)
        mine = range(num_rows) if ranks is None else ranks.share(num_rows)
        entries = CPU_ENTRIES if anchor.device.type == "cpu" else GPU_ENTRIES
        height = max(min(entries // max(num_nodes, 1), num_rows), 1)
        buffer = anchor.new_empty(height, num_nodes)
        grad_anchor, grad_other = torch.zeros_like(anchor), torch.zeros_like(other)
        total = anchor.new_zeros(())
        with torch.autocast(anchor.device.type, enabled=False):
            for start in mine[::height]:
                block = slice(start, min(start + height, mine.stop))
                logits = torch.mm(anchor[block], other.t(), out=buffer[: block.stop - start])  # [b, N]
                largest = logits.amax(dim=-1, keepdim=True)
                share = logits.sub_(largest).exp_()
                share_sum = share.sum(dim=-1, keepdim=True)  # [b, 1]
                n = weight[block].unsqueeze(-1)
                total += (n * (largest + share_sum.log())).sum()
                grad_anchor[block] = (share @ other) * (n / share_sum)  # [b, N] x [N, D] -> [b, D]
                grad_other.addmm_(share.t(), anchor[block] * (n / share_sum))
        if ranks is not None:
            total, grad_anchor, grad_other = map(ranks.total, (total, grad_anchor, grad_other))
        ctx.save_for_backward(grad_anchor, grad_other)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        grad_anchor, grad_other = ctx.saved_tensors
        return grad * grad_anchor, grad * grad_other, None


class FullNCELoss(nn.Module):
    """:func:`full_nce_loss` as a module.

    Args:
        temperature: See :func:`full_nce_loss`. (default: ``0.2``)
        reduction: See :func:`full_nce_loss`. (default: ``mean``)
        normalize: See :func:`full_nce_loss`. (default: ``True``)
        bound: See :func:`full_nce_loss`. (default: no bound)
    """

    def __init__(
        self,
        *,
        temperature: float = 0.2,
        reduction: Reduction = "mean",
        normalize: bool = True,
        bound: float = math.inf,
    ) -> None:
        super().__init__()
        check(reduction in REDUCTIONS, "reduction", f"one of {REDUCTIONS}", self, reduction)
        self.temperature = check_number(temperature, "temperature", self, above=0)
        check(bound > 0, "bound", "above 0", self, bound)
        self.reduction: Reduction = reduction
        self.normalize = normalize
        self.bound = bound

    def forward(self, anchor: Tensor, other: Tensor, index: Tensor, among: Tensor | None = None) -> Tensor:
        return full_nce_loss(
            anchor,
            other,
            index,
            among=among,
            temperature=self.temperature,
            reduction=self.reduction,
            normalize=self.normalize,
            bound=self.bound,
        )

    def __repr__(self) -> str:
        settings = f"temperature={self.temperature}, reduction={self.reduction!r}"
        return f"{type(self).__name__}({settings}, normalize={self.normalize}, bound={self.bound})"
