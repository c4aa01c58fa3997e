"""A dot product for each entry of a sparse matrix, without a tensor of all entries and features."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import dot, multiply
from pygmmrec.utils.check import check


def edge_dot(adj: Adj, x: Tensor, y: Tensor) -> Tensor:
    r"""Dot product :math:`x_i^\top y_j` of each entry's row and column, with gradients to both.

    Its gradient is a product of sparse and dense, so that no [E, D] is kept.

    Args:
        adj: The matrix [N, S], of which only the places of its E entries count.
        x: Features of its rows, [N, D].
        y: Features of its columns, [S, D].

    Shapes:
        - **output:** [E], in the wider of the two dtypes

    Raises:
        ValueError: If the features do not fit the matrix or each other.
    """
    fits = x.dim() == 2 and x.size(0) == adj.num_rows
    check(fits, "x", f"of shape [{adj.num_rows}, D]", "edge_dot", list(x.shape))
    wanted = [adj.num_cols, x.size(1)]
    check(list(y.shape) == wanted, "y", f"of shape {wanted}", "edge_dot", list(y.shape))
    dtype = torch.promote_types(x.dtype, y.dtype)
    out: Tensor = _EdgeDot.apply(x.to(dtype), y.to(dtype), adj)  # type: ignore[no-untyped-call]
    return out


def edge_dot_ref(adj: Adj, x: Tensor, y: Tensor) -> Tensor:
    """What :func:`edge_dot` computes, through autograd."""
    return (x[adj.row] * y[adj.col]).sum(dim=-1)


class _EdgeDot(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, adj: Adj) -> Tensor:
        ctx.adj = adj
        ctx.save_for_backward(x, y)
        return dot(adj, x, y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, y = ctx.saved_tensors
        _ = ctx.adj.transpose_perm  # found once for all matrices of these places
        weighted = ctx.adj.with_value(grad)
        grad_x = multiply(weighted, y) if ctx.needs_input_grad[0] else None
        grad_y = multiply(weighted.t(), x) if ctx.needs_input_grad[1] else None
        return grad_x, grad_y, None
