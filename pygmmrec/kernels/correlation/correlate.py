r"""Entity-level correlation of CRANE, exact in O(N · D) memory: the N × N matrix is never there.

The work goes in tiles small enough for the cache, and the backward pass computes each tile again, in the
manner of flash attention; without a softmax no running maximum is needed. On CUDA the tiles never leave the
processor where Triton is installed, see :mod:`pygmmrec.kernels.correlation.correlate_triton`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pygmmrec.kernels.correlation.factors import Activation, check_correlation

CPU_TILE = (1024, 1024)
"""Rows and columns of a tile on the CPU: 4 MB in float32, so that it stays in the cache."""

GPU_TILE = (4096, 4096)
"""Rows and columns of a tile elsewhere: large enough to fill the device."""

FUSED_DTYPES = (torch.float32, torch.float16, torch.bfloat16)
FUSED_SIZE = 256
"""Types and the largest D and C that the fused kernel takes."""


def correlate(x: Tensor, f: Tensor, v: Tensor, *, scale: float, activation: Activation = "tanh") -> Tensor:
    r"""Mix values by the correlation of every pair of entities, :math:`\phi(s X F^\top) V`.

    ``tanh`` on CUDA is one fused kernel where Triton is installed, and blocks of PyTorch elsewhere.

    Args:
        x: :math:`X`, [N, D].
        f: :math:`F`, [S, D].
        v: :math:`V`, [S, C].
        scale: :math:`s`, a factor.
        activation: :math:`\phi`. ``tanh`` costs O(N · S · D) time and O((N + S) · D) memory;
            ``identity`` is linear attention by associativity, :math:`s X (F^\top V)`, O((N + S) · D · C).

    Shapes:
        - **output:** [N, C], in the widest of the three dtypes, or in that of autocast, as a product is. Sums
          are in float32 at least, but float16 cannot hold one over 65,504: prefer bfloat16

    Raises:
        ValueError: If the activation is unknown or the shapes do not fit.
    """
    x, f, v = (_as_product(matrix) for matrix in check_correlation(x, f, v, activation, "correlate"))
    with torch.autocast(x.device.type, enabled=False):
        if activation == "identity":
            return (x * scale) @ (f.t() @ v)  # [N, D] x ([D, S] x [S, C]) -> [N, C]
        if _fuses(x, v):
            from pygmmrec.kernels.correlation.correlate_triton import fused_correlate

            return fused_correlate(x, f, v, scale=scale, activation=activation)
        out: Tensor = _TanhCorrelation.apply(x, f, v, scale)  # type: ignore[no-untyped-call]
        return out


def correlate_ref(
    x: Tensor, f: Tensor, v: Tensor, *, scale: float, activation: Activation = "tanh"
) -> Tensor:
    """What :func:`correlate` computes, through the whole matrix [N, S] and autograd."""
    correlation = x @ f.t() * scale
    return (correlation.tanh() if activation == "tanh" else correlation) @ v


def _as_product(matrix: Tensor) -> Tensor:
    """The matrix in the type to which autocast takes the factors of a product, where it is on."""
    device = matrix.device.type
    if matrix.dtype == torch.float64 or not torch.is_autocast_enabled(device):
        return matrix
    return matrix.to(torch.get_autocast_dtype(device))


def _fuses(x: Tensor, v: Tensor) -> bool:
    """Whether the fused kernel takes such tensors on this device."""
    return (
        x.device.type == "cuda"
        and torch.version.cuda is not None
        and x.dtype in FUSED_DTYPES
        and max(x.size(1), v.size(1)) <= FUSED_SIZE
        and torch.cuda.get_device_capability(x.device) >= (8, 0)
        and _has_triton()
    )


@cache
def _has_triton() -> bool:
    return find_spec("triton") is not None


class _TanhCorrelation(torch.autograd.Function):
    r""":math:`\tanh(s X F^\top) V`, tile by tile. Nothing is kept for the backward pass but X, F and V."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, f: Tensor, v: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(x, f, v)
        ctx.scale = scale
        out = _zeros(x.size(0), v)
        for rows, cols, buffer in _tiles(x, f):
            tile = _tanh_tile(x[rows], f[cols], scale, buffer)
            _add_product(out[rows], tile, v[cols])
        return out.to(x.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        x, f, v = ctx.saved_tensors
        grad = grad.contiguous()
        grad_x, grad_f, grad_v = _zeros(x.size(0), x), _zeros(f.size(0), f), _zeros(v.size(0), v)
        grad_tile = x.new_empty(0)
        for rows, cols, buffer in _tiles(x, f):
            tile = _tanh_tile(x[rows], f[cols], ctx.scale, buffer)
            _add_product(grad_v[cols], tile.t(), grad[rows])
            if grad_tile.shape != tile.shape:
                grad_tile = torch.empty_like(tile)
            torch.mm(grad[rows], v[cols].t(), out=grad_tile)
            torch.ops.aten.tanh_backward.grad_input(grad_tile, tile, grad_input=grad_tile)  # g · (1 − t²)
            _add_product(grad_x[rows], grad_tile, f[cols])
            _add_product(grad_f[cols], grad_tile.t(), x[rows])
        grad_x, grad_f = grad_x.mul_(ctx.scale), grad_f.mul_(ctx.scale)
        return grad_x.to(x.dtype), grad_f.to(x.dtype), grad_v.to(x.dtype), None


def _tanh_tile(x: Tensor, f: Tensor, scale: float, buffer: Tensor) -> Tensor:
    """The correlation of some rows and columns, into a buffer: [B, D] and [C, D] to [B, C]."""
    return torch.addmm(buffer, x, f.t(), beta=0, alpha=scale, out=buffer).tanh_()


def _zeros(num_rows: int, like: Tensor) -> Tensor:
    """Where products are summed up: zeros of as many columns, in float32 at least."""
    return like.new_zeros(num_rows, like.size(1), dtype=torch.promote_types(like.dtype, torch.float32))


def _add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """``total += a @ b``, of 16-bit factors too."""
    if total.dtype == a.dtype:
        total.addmm_(a, b)
    else:
        total.add_(a @ b)


def _tiles(x: Tensor, f: Tensor) -> Iterator[tuple[slice, slice, Tensor]]:
    """Rows, columns and a reused buffer of each tile of the [N, S] matrix."""
    num_rows, num_cols = CPU_TILE if x.device.type == "cpu" else GPU_TILE
    full = x.new_empty(min(num_rows, x.size(0)) * min(num_cols, f.size(0)))
    for i in range(0, x.size(0), num_rows):
        rows = slice(i, min(i + num_rows, x.size(0)))
        for j in range(0, f.size(0), num_cols):
            cols = slice(j, min(j + num_cols, f.size(0)))
            height, width = rows.stop - rows.start, cols.stop - cols.start
            yield rows, cols, full[: height * width].view(height, width)
