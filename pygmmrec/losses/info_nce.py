"""Contrast of two views of the same nodes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from pygmmrec.kernels.columns.column_shard import ranks_of, whole
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.utils.check import check, check_number

CPU_ROWS = 256
"""Rows of the similarity matrix at a time on the CPU, so that they stay in the cache."""

GPU_ROWS = 4096
"""Rows of the similarity matrix at a time elsewhere."""


def info_nce_loss(
    anchor: Tensor,
    positive: Tensor,
    *,
    temperature: float = 0.2,
    index: Tensor | None = None,
    count: Tensor | None = None,
    normalize: bool = True,
) -> Tensor:
    r"""InfoNCE with in-batch negatives (`arXiv 1807.03748 <https://arxiv.org/abs/1807.03748>`_), mean over
    the batch:

    .. math::
        -\log \frac{\exp(\cos(a_b, p_b) / \tau)}{\sum_{c} \exp(\cos(a_b, p_c) / \tau)}

    The B × B similarities are never there at once, and the gradient comes from the same pass as the value:
    time is O(B² · D), memory O(B · D). It can be differentiated once.

    Args:
        anchor: One view, [B, D].
        positive: The other view of the same rows, [B, D].
        temperature: :math:`\tau`.
        index: Node of each row, [B]: another row of the same node is no negative, and is left out of the sum.
        count: How many equal rows each row stands for, [B]. A batch in which nodes repeat costs less, and its
            loss is the same, as its distinct nodes with their counts: rows of one node are no negatives.
        normalize: Whether rows are compared by cosine; otherwise by their product.

    Raises:
        ValueError: If the shapes differ or the temperature is not positive.
    """
    anchor, positive, count = _checked(anchor, positive, temperature, count, normalize, "info_nce_loss")
    log_sum: Tensor = _SumOfLogSumExp.apply(anchor, positive, index, count)  # type: ignore[no-untyped-call]
    return (log_sum - ((anchor * positive).sum(dim=-1) * count).sum()) / count.sum()


def node_info_nce_loss(
    view: Tensor, other: Tensor, index: Tensor, *, temperature: float = 0.2, distinct: bool = True
) -> Tensor:
    """:func:`info_nce_loss` of a batch's rows of two tables, in which nodes may repeat.

    Args:
        view: One view of all nodes, [N, D].
        other: The other view, [N, D].
        index: Nodes of the batch, [B].
        temperature: See :func:`info_nce_loss`.
        distinct: Whether a repeated node is one node, which counts as often and is no negative of itself.
            Much released code takes the other rows of a node for its negatives.

    Raises:
        ValueError: If the shapes differ or the temperature is not positive.
    """
    node, count = index.unique(return_counts=True) if distinct else (index, None)
    return info_nce_loss(rows(view, node), rows(other, node), temperature=temperature, count=count)


def info_nce_loss_ref(
    anchor: Tensor,
    positive: Tensor,
    *,
    temperature: float = 0.2,
    index: Tensor | None = None,
    count: Tensor | None = None,
    normalize: bool = True,
) -> Tensor:
    """What :func:`info_nce_loss` computes, through the whole B × B matrix and autograd."""
    anchor, positive, count = _checked(anchor, positive, temperature, count, normalize, "info_nce_loss_ref")
    logits = anchor @ positive.t()  # [B, B]
    own = torch.eye(len(count), dtype=torch.bool, device=count.device)
    masked = logits + torch.where(own, 0.0, count.log())
    if index is not None:
        repeated = index.unsqueeze(0) == index.unsqueeze(1)  # [B, B]
        masked = masked.masked_fill(repeated & ~own, -torch.inf)
    return ((masked.logsumexp(dim=-1) - logits.diagonal()) * count).sum() / count.sum()


def _checked(
    anchor: Tensor, positive: Tensor, temperature: float, count: Tensor | None, normalize: bool, where: str
) -> tuple[Tensor, Tensor, Tensor]:
    """Views whose products are the logits, and counts; never in half precision."""
    check_number(temperature, "temperature", where, above=0)
    shape = list(anchor.shape)
    check(anchor.shape == positive.shape, "positive", f"of shape {shape}", where, list(positive.shape))
    dtype = torch.promote_types(torch.promote_types(anchor.dtype, positive.dtype), torch.float32)
    anchor, positive = anchor.to(dtype), positive.to(dtype)
    if normalize:
        anchor, positive = unit_rows(anchor), unit_rows(positive)
    anchor = anchor / temperature
    if count is None:
        count = anchor.new_ones(anchor.size(0))
    check(count.shape == anchor.shape[:1], "count", f"of shape {shape[:1]}", where, list(count.shape))
    return anchor, positive, count.to(dtype)


class _SumOfLogSumExp(torch.autograd.Function):
    r""":math:`\sum_b n_b \log(\exp(a_b^\top p_b) + \sum_{c \neq b} n_c \exp(a_b^\top p_c))` for counts n.

    A block of rows at a time. Processes that share the columns of a view share the rows here.
    """

    @staticmethod
    def forward(ctx: Any, anchor: Tensor, positive: Tensor, index: Tensor | None, count: Tensor) -> Tensor:
        ranks, num_rows = ranks_of(anchor, positive), anchor.size(0)
        anchor, positive = whole(anchor), whole(positive)
        mine = range(num_rows) if ranks is None else ranks.share(num_rows)
        height = min(CPU_ROWS if anchor.device.type == "cpu" else GPU_ROWS, num_rows)
        buffer = anchor.new_empty(height, num_rows)
        grad_anchor, grad_positive = torch.zeros_like(anchor), torch.zeros_like(positive)
        total = anchor.new_zeros(())
        with torch.autocast(anchor.device.type, enabled=False):
            for start in mine[::height]:
                block = slice(start, min(start + height, mine.stop))
                logits = torch.mm(anchor[block], positive.t(), out=buffer[: block.stop - start])  # [b, B]
                own = logits.diagonal(start).clone()
                logits.add_(count.log())
                if index is not None:
                    logits.masked_fill_(index[block].unsqueeze(1) == index, -torch.inf)
                logits.diagonal(start).copy_(own)
                largest = logits.amax(dim=-1, keepdim=True)
                share = logits.sub_(largest).exp_()
                share_sum = share.sum(dim=-1, keepdim=True)  # [b, 1]
                weight = count[block].unsqueeze(-1)
                total += (weight * (largest + share_sum.log())).sum()
                grad_anchor[block] = (share @ positive) * (weight / share_sum)  # [b, B] x [B, D] -> [b, D]
                grad_positive.addmm_(share.t(), anchor[block] * (weight / share_sum))
        if ranks is not None:
            total, grad_anchor, grad_positive = map(ranks.total, (total, grad_anchor, grad_positive))
        ctx.save_for_backward(grad_anchor, grad_positive)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        grad_anchor, grad_positive = ctx.saved_tensors
        return grad * grad_anchor, grad * grad_positive, None, None


class InfoNCELoss(nn.Module):
    """:func:`info_nce_loss` as a module.

    Args:
        temperature: See :func:`info_nce_loss`. (default: ``0.2``)
        normalize: See :func:`info_nce_loss`. (default: ``True``)
    """

    def __init__(self, *, temperature: float = 0.2, normalize: bool = True) -> None:
        super().__init__()
        self.temperature = check_number(temperature, "temperature", self, above=0)
        self.normalize = normalize

    def forward(
        self, anchor: Tensor, positive: Tensor, index: Tensor | None = None, count: Tensor | None = None
    ) -> Tensor:
        return info_nce_loss(
            anchor,
            positive,
            temperature=self.temperature,
            index=index,
            count=count,
            normalize=self.normalize,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(temperature={self.temperature}, normalize={self.normalize})"
