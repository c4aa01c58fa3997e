"""Sums of a Gaussian kernel over all pairs of rows, in blocks: no matrix of all pairs is ever there."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

CPU_ROWS = 256
"""Rows of the kernel matrix at a time on the CPU, so that they stay in the cache."""

GPU_ROWS = 4096
"""Rows of the kernel matrix at a time elsewhere."""


def gaussian_sum(x: Tensor, y: Tensor, count_x: Tensor, count_y: Tensor) -> Tensor:
    r"""The sum of :math:`n_i m_j \exp(-\Vert x_i - y_j \Vert^2 / 2)` over all pairs.

    Distances are expanded squares, and the gradient comes from the same pass as the value: time is
    O(N · S · D), memory O((N + S) · D). It can be differentiated once. Rows far from the origin lose digits,
    so centre them first; a distance that rounding makes negative counts as zero, so that no kernel exceeds
    one.

    Args:
        x: [N, D].
        y: [S, D]; the same tensor as ``x``, with the same counts, costs half the time.
        count_x: n, how many equal rows each row stands for, [N].
        count_y: m, [S].
    """
    if y is x:
        half: Tensor = _WithinSum.apply(x, count_x)  # type: ignore[no-untyped-call]
        return half
    out: Tensor = _BetweenSum.apply(x, y, count_x, count_y)  # type: ignore[no-untyped-call]
    return out


def gaussian_sum_ref(x: Tensor, y: Tensor, count_x: Tensor, count_y: Tensor) -> Tensor:
    """What :func:`gaussian_sum` computes, through all differences [N, S, D] and autograd."""
    kernel = (x.unsqueeze(1) - y).square().sum(dim=-1).div(-2).exp()  # [N, S, D] -> [N, S]
    return count_x @ kernel @ count_y


class _BetweenSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, count_x: Tensor, count_y: Tensor) -> Tensor:
        grad_x, grad_y = torch.zeros_like(x), torch.zeros_like(y)
        wide_x, wide_y = _widen(x, count_x)[0], _widen(y, count_y)[1]
        most, total = count_y.log(), x.new_zeros(())
        with torch.autocast(x.device.type, enabled=False):
            for rows in _blocks(x):
                n = count_x[rows].unsqueeze(1)  # [b, 1]
                kernel = (wide_x[rows] @ wide_y.t()).clamp_(max=most).exp_()  # m k(x, y), [b, S]
                row_sum = kernel.sum(dim=1, keepdim=True)
                total += (n * row_sum).sum()
                # d k(x, y) / d x = k(x, y) (y - x)
                grad_x[rows] = n * (kernel @ y - row_sum * x[rows])  # [b, S] x [S, D] -> [b, D]
                grad_y.addmm_(kernel.t(), n * x[rows])
                grad_y.sub_((kernel.t() @ n) * y)
        ctx.save_for_backward(grad_x, grad_y)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        grad_x, grad_y = ctx.saved_tensors
        return grad * grad_x, grad * grad_y, None, None


class _WithinSum(torch.autograd.Function):
    """The same for ``y is x``: the matrix is symmetric, so that blocks above the diagonal count twice."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, count: Tensor) -> Tensor:
        grad_x = torch.zeros_like(x)
        wide_x, wide_y = _widen(x, count)
        most, total = count.log(), x.new_zeros(())
        with torch.autocast(x.device.type, enabled=False):
            for rows in _blocks(x):
                n = count[rows].unsqueeze(1)  # [b, 1]
                logits = wide_x[rows] @ wide_y[rows.start :].t()  # [b, N - start]
                kernel = logits.clamp_(max=most[rows.start :]).exp_()
                own, later = kernel[:, : rows.stop - rows.start], kernel[:, rows.stop - rows.start :]
                total += (n * own).sum() + 2 * (n * later).sum()
                grad_x[rows] += 2 * n * (kernel @ x[rows.start :] - kernel.sum(dim=1, keepdim=True) * x[rows])
                grad_x[rows.stop :].addmm_(later.t(), n * x[rows], alpha=2)
                grad_x[rows.stop :].sub_(2 * (later.t() @ n) * x[rows.stop :])
        ctx.save_for_backward(grad_x)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (grad_x,) = ctx.saved_tensors
        return grad * grad_x, None


def _blocks(x: Tensor) -> list[slice]:
    height = CPU_ROWS if x.device.type == "cpu" else GPU_ROWS
    return [slice(start, min(start + height, x.size(0))) for start in range(0, x.size(0), height)]


def _widen(x: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
    r"""Rows :math:`[x, -x^2/2, 1]` and :math:`[y, 1, \log m - y^2/2]`: their product is :math:`\log(m k)`."""
    half = x.square().sum(dim=1, keepdim=True).div(-2)  # [N, 1]
    one = torch.ones_like(half)
    weighted = half + count.log().unsqueeze(1)
    return torch.cat([x, half, one], dim=1), torch.cat([x, one, weighted], dim=1)  # [N, D + 2]
