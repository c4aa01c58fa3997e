"""DREAM's branches and attention of node features, in blocks of rows that are computed again in backward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

CPU_ROWS = 512
"""Rows at a time on the CPU, so that all that is between input and output stays in the cache."""

GPU_ROWS = 1 << 16
"""Rows at a time elsewhere."""


class Squeezed(NamedTuple):
    """The weights: of all branches [O, C] and [O], squeeze [R, O], excite [O, R], place [1, 1] and [1]."""

    weight: Tensor
    bias: Tensor
    squeeze: Tensor
    excite: Tensor
    place: Tensor
    place_bias: Tensor


def squeezed_branches(x: Tensor, weights: Squeezed) -> Tensor:
    r"""All branches by one linear map, and the larger of their two gates at each element:

    .. math::
        F = X W^\top + b, \qquad M_c = \sigma(W_2 \, \mathrm{ReLU}(W_1 F)), \qquad
        M_s = \sigma(w \, \mathrm{mean}_c F + b_s), \qquad Y = \max(F \odot M_c, F \odot M_s)

    Only input and output are ever there as a whole. It can be differentiated once.

    Args:
        x: [N, C].
        weights: See :class:`Squeezed`.

    Shapes:
        - **output:** [N, O]
    """
    dtype = torch.promote_types(x.dtype, weights.weight.dtype)  # they differ under autocast
    out: Tensor = _SqueezedBranches.apply(x.to(dtype), *weights)  # type: ignore[no-untyped-call]
    return out


def squeezed_branches_ref(x: Tensor, weights: Squeezed) -> Tensor:
    """What :func:`squeezed_branches` computes, step by step and with autograd."""
    f = F.linear(x, weights.weight, weights.bias)  # [N, O]
    channel = ((f @ weights.squeeze.t()).relu() @ weights.excite.t()).sigmoid()
    place = F.linear(f.mean(dim=1, keepdim=True), weights.place, weights.place_bias).sigmoid()  # [N, 1]
    return torch.maximum(f * channel, f * place)


def row_blocks(x: Tensor) -> list[slice]:
    """The rows of each block."""
    height = CPU_ROWS if x.device.type == "cpu" else GPU_ROWS
    return [slice(start, min(start + height, x.size(0))) for start in range(0, x.size(0), height)]


class _Block(NamedTuple):
    rows: slice
    f: Tensor
    hidden: Tensor
    channel: Tensor
    mean: Tensor
    place: Tensor


def _blocks(x: Tensor, weights: Squeezed) -> Iterator[_Block]:
    """Everything up to the gates, a block of rows after the other, in the same buffers."""
    blocks = row_blocks(x)
    height = max((rows.stop - rows.start for rows in blocks), default=0)
    both = x.new_empty(2, height, weights.bias.numel())
    for rows in blocks:
        f, channel = both[:, : rows.stop - rows.start]
        torch.addmm(weights.bias, x[rows], weights.weight.t(), out=f)  # [b, C] x [C, O] -> [b, O]
        hidden = (f @ weights.squeeze.t()).relu_()  # [b, O] x [O, R] -> [b, R]
        torch.mm(hidden, weights.excite.t(), out=channel).sigmoid_()
        mean = f.mean(dim=1, keepdim=True)  # [b, 1]
        place = torch.addcmul(weights.place_bias, mean, weights.place).sigmoid_()
        yield _Block(rows, f, hidden, channel, mean, place)


class _SqueezedBranches(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, *parameters: Tensor) -> Tensor:
        ctx.save_for_backward(x, *parameters)
        weights = Squeezed(*parameters)
        out = x.new_empty(x.size(0), weights.bias.numel())
        with torch.autocast(x.device.type, enabled=False):
            for rows, f, _, channel, _, place in _blocks(x, weights):
                torch.maximum(channel.mul_(f), f.mul_(place), out=out[rows])
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        x, *parameters = ctx.saved_tensors
        weights = Squeezed(*parameters)
        grad_x, grads = torch.empty_like(x), Squeezed(*map(torch.zeros_like, weights))
        with torch.autocast(x.device.type, enabled=False):
            for block in _blocks(x, weights):
                grad_x[block.rows] = _backward(block, x[block.rows], grad[block.rows], weights, grads)
        return grad_x, *grads


def _backward(block: _Block, x: Tensor, grad: Tensor, weights: Squeezed, grads: Squeezed) -> Tensor:
    """Add a block's share to the gradients of the weights; return its gradient of x, [b, C]."""
    _, f, hidden, channel, mean, place = block
    ahead = channel - place
    share = (ahead * f).sign_().add_(1).mul_(0.5)  # one where the channel's product is larger, else zero
    grad_f = torch.addcmul(place, share, ahead).mul_(grad)
    grad_gate = torch.mul(grad, f, out=ahead)
    total = grad_gate.sum(dim=1, keepdim=True)  # [b, 1]
    by_channel = share.mul_(grad_gate)
    by_place = (total - by_channel.sum(dim=1, keepdim=True)) * place * (1 - place)
    by_channel.mul_(channel).mul_(channel.neg_().add_(1))  # through the sigmoid: g · c · (1 − c)
    grads.excite.addmm_(by_channel.t(), hidden)
    grad_hidden = (by_channel @ weights.excite).mul_(hidden > 0)
    grads.squeeze.addmm_(grad_hidden.t(), f)
    grads.place.addmm_(by_place.t(), mean)
    grads.place_bias.add_(by_place.sum())
    grad_f.addmm_(grad_hidden, weights.squeeze).add_(by_place * weights.place / f.size(1))
    grads.weight.addmm_(grad_f.t(), x)
    grads.bias.add_(grad_f.sum(dim=0))
    return grad_f @ weights.weight  # [b, O] x [O, C] -> [b, C]
