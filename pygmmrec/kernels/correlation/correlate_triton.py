r"""Entity-level correlation of CRANE as fused kernels in Triton, for CUDA.

:func:`~.correlate` loads this file where it can use it; nothing else does. Its
results have one form. With rows :math:`A` that a program keeps, rows :math:`B` over which it loops, and
:math:`T = \phi(s A B^\top)`, they are

.. math::
    Y = T Q, \qquad \nabla A = s \, (P Q^\top \odot \phi'(T)) \, B

- the output: (A, B, Q) = (X, F, V), and Y is it;
- the gradient of X: (A, P, B, Q) = (X, G, F, V), with G the gradient of the output;
- the gradients of F and V: (A, P, B, Q) = (F, V, X, G), and Y is the gradient of V.

Tiles of T are computed where they are needed and never stored, and sums are in float32. Each program adds up
its own rows alone and in order, without atomics, so that results repeat exactly.
"""

# Triton allows no annotation but `constexpr` on kernels.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-decorators=False

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pygmmrec.kernels.correlation.factors import Activation

try:
    import triton
    import triton.language as tl

    jit = triton.jit
except ImportError:  # the file can be read without, but nothing in it can run

    def jit(function: Any) -> Any:
        return function


BLOCKS = {
    "half": {64: (128, 64, 8, 3), 128: (64, 64, 8, 2), 256: (32, 32, 8, 1)},
    "tf32": {64: (64, 64, 8, 2), 128: (32, 32, 8, 1), 256: (16, 16, 8, 1)},
    "ieee": {64: (64, 32, 8, 1), 128: (32, 16, 4, 1), 256: (16, 16, 8, 1)},
}
"""Own rows, other rows, warps and stages, by the kind of product and the largest D or C. All fit the shared
memory of any device since Ampere (99 KB)."""


def fused_correlate(x: Tensor, f: Tensor, v: Tensor, *, scale: float, activation: Activation) -> Tensor:
    r"""What :func:`~.correlate` computes, in one kernel and two for the gradients.

    The products of float32 are exact, or in TF32 where PyTorch's own on CUDA are. With 16-bit inputs, the
    correlations are rounded to 16 bits too before they meet the values.

    Args:
        x: :math:`X`, [N, D], D up to 256.
        f: :math:`F`, [S, D].
        v: :math:`V`, [S, C], C up to 256. All three are float32, float16 or bfloat16 alike.
        scale: :math:`s`, a factor.
        activation: :math:`\phi`, ``tanh`` or ``identity``.

    Shapes:
        - **output:** [N, C], of the type of the inputs
    """
    kind = "half" if x.dtype != torch.float32 else "tf32" if _allows_tf32() else "ieee"
    given = x.contiguous(), f.contiguous(), v.contiguous()
    out: Tensor = _FusedCorrelation.apply(*given, float(scale), activation, kind)  # type: ignore[no-untyped-call]
    return out


class _FusedCorrelation(torch.autograd.Function):
    """The kernels under autograd."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, f: Tensor, v: Tensor, scale: float, activation: Activation, kind: str
    ) -> Tensor:
        ctx.save_for_backward(x, f, v)
        ctx.options = scale, activation, kind
        out = x.new_empty(x.size(0), v.size(1))
        _launch(_forward_kernel, (x, f, v, out), (x, f, v), *ctx.options)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, f, v = ctx.saved_tensors
        grad = grad.contiguous()
        grad_x, grad_f, grad_v = torch.empty_like(x), torch.empty_like(f), torch.empty_like(v)
        if ctx.needs_input_grad[0]:
            matrices = x, grad, f, v, grad_x, grad  # nothing is written to the last
            _launch(_backward_kernel, matrices, (x, f, v), *ctx.options, WITH_Y=False)
        if ctx.needs_input_grad[1] or ctx.needs_input_grad[2]:
            matrices = f, v, x, grad, grad_f, grad_v
            _launch(_backward_kernel, matrices, (f, x, grad), *ctx.options, WITH_Y=True)
        return grad_x, grad_f, grad_v, None, None, None


def _launch(
    kernel: Any,
    matrices: tuple[Tensor, ...],
    shapes: tuple[Tensor, Tensor, Tensor],
    scale: float,
    activation: Activation,
    kind: str,
    **flags: bool,
) -> None:
    """Run a kernel, with A, B and Q to say the sizes."""
    a, b, q = shapes
    if a.size(0) == 0:  # CUDA has no empty grid
        return
    compiled = isinstance(kernel, triton.JITFunction)
    padded = [max(16, triton.next_power_of_2(m.size(1))) for m in (a, q)]
    own, others, warps, stages = BLOCKS[kind][max(64, *padded)]
    with torch.cuda.device_of(a):
        kernel[(triton.cdiv(a.size(0), own),)](
            *matrices,
            a.size(0),
            b.size(0),
            scale,
            D=a.size(1),
            C=q.size(1),
            D_PADDED=padded[0],
            C_PADDED=padded[1],
            OWN=own,
            OTHERS=others,
            TANH=activation == "tanh",
            FAST=compiled and kind == "half",
            PRECISION=("tf32" if kind == "tf32" else "ieee") if compiled else "interpreted",
            **flags,
            num_warps=warps,
            num_stages=stages,
            enable_fp_fusion=True,
        )


def _allows_tf32() -> bool:
    """Whether PyTorch's own products on CUDA may round float32 to TF32."""
    matmul = torch.backends.cuda.matmul
    precision = getattr(matmul, "fp32_precision", None)  # since torch 2.9, where the other may raise
    return bool(matmul.allow_tf32 if precision is None else precision == "tf32")


@jit
def _load(base, rows, num_rows, SIZE: tl.constexpr, PADDED: tl.constexpr):
    """Rows of a matrix [num_rows, SIZE], with zeros around it: [B] -> [B, PADDED]."""
    inner = tl.arange(0, PADDED)
    places = base + rows.to(tl.int64)[:, None] * SIZE + inner[None, :]  # [B, 1] + [1, PADDED]
    return tl.load(places, mask=(rows < num_rows)[:, None] & (inner < SIZE)[None, :], other=0.0)


@jit
def _store(base, rows, num_rows, values, SIZE: tl.constexpr, PADDED: tl.constexpr):
    """Write [B, PADDED] to rows [B] of a matrix [num_rows, SIZE], but for what lies outside of it."""
    inner = tl.arange(0, PADDED)
    places = base + rows.to(tl.int64)[:, None] * SIZE + inner[None, :]  # [B, 1] + [1, PADDED]
    inside = (rows < num_rows)[:, None] & (inner < SIZE)[None, :]
    tl.store(places, values.to(base.dtype.element_ty), mask=inside)


@jit
def _product(a, b, total, PRECISION: tl.constexpr):
    """``total + a @ b`` in float32. The interpreter knows no bfloat16 in products, so it widens first."""
    if PRECISION == "interpreted":
        return tl.dot(a.to(tl.float32), b.to(tl.float32), total, input_precision="ieee")
    else:
        return tl.dot(a, b, total, input_precision=PRECISION)


@jit
def _tanh(z, FAST: tl.constexpr):
    """``tanh(z)`` in float32. The fast form is one instruction, with a relative error of at most 2⁻¹¹."""
    if FAST:
        return tl.inline_asm_elementwise(
            "tanh.approx.f32 $0, $1;", "=f,f", [z], dtype=tl.float32, is_pure=True, pack=1
        )
    else:
        decay = tl.exp(-2.0 * tl.abs(z))  # never overflows
        large = (1.0 - decay) / (1.0 + decay)
        square = z * z  # the series where the difference above cancels; 62/2835, 17/315, 2/15, 1/3
        small = 0.021869489 * square - 0.053968254
        small = (small * square + 0.13333333) * square - 0.33333333
        small = z + z * (small * square)
        return tl.where(tl.abs(z) < 0.25, small, tl.where(z < 0.0, -large, large))


@jit
def _forward_kernel(
    a_base,
    b_base,
    q_base,
    out_base,
    num_own,
    num_others,
    scale,
    D: tl.constexpr,
    C: tl.constexpr,
    D_PADDED: tl.constexpr,
    C_PADDED: tl.constexpr,
    OWN: tl.constexpr,
    OTHERS: tl.constexpr,
    TANH: tl.constexpr,
    FAST: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Y of OWN rows."""
    own = tl.program_id(0) * OWN + tl.arange(0, OWN)
    a = _load(a_base, own, num_own, D, D_PADDED)
    total = tl.full([OWN, C_PADDED], 0.0, tl.float32)
    zeros = tl.full([OWN, OTHERS], 0.0, tl.float32)
    for start in range(0, num_others, OTHERS):
        others = start + tl.arange(0, OTHERS)
        b = _load(b_base, others, num_others, D, D_PADDED)
        q = _load(q_base, others, num_others, C, C_PADDED)
        t = _product(a, tl.trans(b), zeros, PRECISION) * scale  # [OWN, D] x [D, OTHERS]
        if TANH:
            t = _tanh(t, FAST)
        total = _product(t.to(q.dtype), q, total, PRECISION)  # [OWN, OTHERS] x [OTHERS, C]
    _store(out_base, own, num_own, total, C, C_PADDED)


@jit
def _backward_kernel(
    a_base,
    p_base,
    b_base,
    q_base,
    grad_a_base,
    y_base,
    num_own,
    num_others,
    scale,
    D: tl.constexpr,
    C: tl.constexpr,
    D_PADDED: tl.constexpr,
    C_PADDED: tl.constexpr,
    OWN: tl.constexpr,
    OTHERS: tl.constexpr,
    TANH: tl.constexpr,
    FAST: tl.constexpr,
    PRECISION: tl.constexpr,
    WITH_Y: tl.constexpr,
):
    """The gradient of OWN rows of A, and Y as well if asked for."""
    own = tl.program_id(0) * OWN + tl.arange(0, OWN)
    a = _load(a_base, own, num_own, D, D_PADDED)
    p = _load(p_base, own, num_own, C, C_PADDED)
    grad_a = tl.full([OWN, D_PADDED], 0.0, tl.float32)
    y = tl.full([OWN, C_PADDED], 0.0, tl.float32)
    zeros = tl.full([OWN, OTHERS], 0.0, tl.float32)
    for start in range(0, num_others, OTHERS):
        others = start + tl.arange(0, OTHERS)
        b = _load(b_base, others, num_others, D, D_PADDED)
        q = _load(q_base, others, num_others, C, C_PADDED)
        t = _product(a, tl.trans(b), zeros, PRECISION) * scale  # [OWN, D] x [D, OTHERS]
        grad_t = _product(p, tl.trans(q), zeros, PRECISION)  # [OWN, C] x [C, OTHERS]
        if TANH:
            t = _tanh(t, FAST)
            grad_t = grad_t * (1.0 - t * t)
        grad_a = _product(grad_t.to(b.dtype), b, grad_a, PRECISION)  # [OWN, OTHERS] x [OTHERS, D]
        if WITH_Y:
            y = _product(t.to(q.dtype), q, y, PRECISION)  # [OWN, OTHERS] x [OTHERS, C]
    _store(grad_a_base, own, num_own, grad_a * scale, D, D_PADDED)
    if WITH_Y:
        _store(y_base, own, num_own, y, C, C_PADDED)
