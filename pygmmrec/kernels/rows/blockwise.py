"""A function of rows, a block of them at a time, of which only the input is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

RowFunction: TypeAlias = Callable[[Sequence[Tensor], Sequence[Tensor]], Sequence[Tensor]]
"""Of tensors that have the rows and of tensors that all rows share."""


def blockwise(
    function: RowFunction, x: Sequence[Tensor], shared: Sequence[Tensor], *, block_size: int, add: bool
) -> list[Tensor]:
    """A function of rows: results of all blocks, one after the other or added up.

    Where there are several blocks, the backward pass computes each anew, and no more than one block's
    intermediate values are there at a time. It can be differentiated once then.

    Args:
        function: Maps rows of ``x`` and all of ``shared`` to tensors. A row's result must not depend on
            other rows, or the results of two blocks must add up to that of both.
        x: Tensors of N rows each; those of integers have no gradient.
        shared: Further tensors.
        block_size: Rows of a block.
        add: Whether the results are added up.
    """
    if x[0].size(0) <= block_size:
        return list(function(x, shared))
    return list(_Blockwise.apply(function, len(x), block_size, add, *x, *shared))  # type: ignore[no-untyped-call]


class _Blockwise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, function: RowFunction, num_x: int, block_size: int, add: bool, *tensors: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.function, ctx.num_x, ctx.block_size, ctx.add = function, num_x, block_size, add
        ctx.save_for_backward(*tensors)
        x, shared = tensors[:num_x], tensors[num_x:]
        blocks = zip(*(x_m.split(block_size) for x_m in x), strict=True)
        parts = zip(*(function(block, shared) for block in blocks), strict=True)
        return tuple(torch.stack(each).sum(dim=0) if add else torch.cat(each) for each in parts)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        tensors = [tensor.detach() for tensor in ctx.saved_tensors]
        x, shared = tensors[: ctx.num_x], [each.requires_grad_() for each in tensors[ctx.num_x :]]
        inner = [x_m.is_floating_point() for x_m in x]
        grad_x, grad_shared = [torch.empty_like(x_m) for x_m in x], [torch.zeros_like(s) for s in shared]
        totals = [grad for grad, floating in zip(grad_x, inner, strict=True) if floating]
        for start in range(0, x[0].size(0), ctx.block_size):
            rows = slice(start, start + ctx.block_size)
            block = [x_m[rows].requires_grad_(floating) for x_m, floating in zip(x, inner, strict=True)]
            given = grads if ctx.add else [grad[rows] for grad in grads]
            with torch.enable_grad():
                out = ctx.function(block, shared)
            wanted = [x_m for x_m in block if x_m.requires_grad]
            found = torch.autograd.grad(out, [*wanted, *shared], given, materialize_grads=True)
            for total, grad in zip(totals, found, strict=False):
                total[rows] = grad
            for total, grad in zip(grad_shared, found[len(wanted) :], strict=True):
                total += grad
        found_x = [grad if floating else None for grad, floating in zip(grad_x, inner, strict=True)]
        return None, None, None, None, *found_x, *grad_shared
