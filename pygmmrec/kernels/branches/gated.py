"""The released DREAM on node features, in blocks of rows that are computed again in backward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from pygmmrec.kernels.branches.squeezed import row_blocks


class Gated(NamedTuple):
    """The weights: of all branches [O, C] and [O], channel and place gates [2, O], closing map [D, O]."""

    weight: Tensor
    bias: Tensor
    gates: Tensor
    close: Tensor


def gated_branches(x: Tensor, weights: Gated) -> Tensor:
    r"""All branches by one linear map, one gate for each row, and the closing map:

    .. math::
        U = \mathrm{ReLU}(X W^\top + b), \qquad g = \max(\mathrm{ReLU}(U w_c), \sigma(U w_s)), \qquad
        Y = g \odot (U^2 V^\top)

    Nothing of size N × O is ever there as a whole. It can be differentiated once.

    Args:
        x: [N, C].
        weights: See :class:`Gated`.

    Shapes:
        - **output:** [N, D]
    """
    dtype = torch.promote_types(x.dtype, weights.weight.dtype)  # they differ under autocast
    out: Tensor = _GatedBranches.apply(x.to(dtype), *(w.to(dtype) for w in weights))  # type: ignore[no-untyped-call]
    return out


def gated_branches_ref(x: Tensor, weights: Gated) -> Tensor:
    """What :func:`gated_branches` computes, step by step and with autograd."""
    u = F.linear(x, weights.weight, weights.bias).relu()  # [N, O]
    channel, place = (u @ weights.gates.t()).split(1, dim=1)  # [N, 1] each
    gate = torch.maximum(channel.relu(), place.sigmoid())
    return (gate * u * u) @ weights.close.t()  # [N, O] x [O, D] -> [N, D]


class _Block(NamedTuple):
    rows: slice
    u: Tensor
    square: Tensor
    channel: Tensor
    place: Tensor


def _blocks(x: Tensor, weights: Gated) -> Iterator[_Block]:
    """Branches, their squares and both gates, a block of rows after the other, in the same buffers."""
    blocks = row_blocks(x)
    height = max((rows.stop - rows.start for rows in blocks), default=0)
    both = x.new_empty(2, height, weights.bias.numel())
    for rows in blocks:
        u, square = both[:, : rows.stop - rows.start]
        torch.addmm(weights.bias, x[rows], weights.weight.t(), out=u).relu_()  # [b, C] x [C, O] -> [b, O]
        torch.mul(u, u, out=square)
        channel, place = (u @ weights.gates.t()).split(1, dim=1)  # [b, 1] each
        yield _Block(rows, u, square, channel.relu(), place.sigmoid())


class _GatedBranches(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, *parameters: Tensor) -> Tensor:
        ctx.save_for_backward(x, *parameters)
        weights = Gated(*parameters)
        out = x.new_empty(x.size(0), weights.close.size(0))
        with torch.autocast(x.device.type, enabled=False):
            for rows, _, square, channel, place in _blocks(x, weights):
                torch.mm(square, weights.close.t(), out=out[rows]).mul_(torch.maximum(channel, place))
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        x, *parameters = ctx.saved_tensors
        weights = Gated(*parameters)
        grad_x, grads = torch.empty_like(x), Gated(*map(torch.zeros_like, weights))
        with torch.autocast(x.device.type, enabled=False):
            for block in _blocks(x, weights):
                grad_x[block.rows] = _backward(block, x[block.rows], grad[block.rows], weights, grads)
        return grad_x, *grads


def _backward(block: _Block, x: Tensor, grad: Tensor, weights: Gated, grads: Gated) -> Tensor:
    """Add a block's share to the gradients of the weights; return its gradient of x, [b, C]."""
    _, u, square, channel, place = block
    closed = grad * torch.maximum(channel, place)  # [b, D]
    grads.close.addmm_(closed.t(), square)
    grad_square = grad @ weights.close  # [b, D] x [D, O] -> [b, O], but for the gate
    grad_gate = (grad_square * square).sum(dim=1, keepdim=True)  # [b, 1]
    by_channel = grad_gate * (channel > place)
    by_place = (grad_gate - by_channel) * place * (1 - place)
    by_gates = torch.cat([by_channel, by_place], dim=1)  # [b, 2]
    grads.gates.addmm_(by_gates.t(), u)
    grad_u = grad_square.mul_(u).mul_(2 * torch.maximum(channel, place))
    grad_u.addmm_(by_gates, weights.gates).mul_(u.sign_())
    grads.weight.addmm_(grad_u.t(), x)
    grads.bias.add_(grad_u.sum(dim=0))
    return grad_u @ weights.weight  # [b, O] x [O, C] -> [b, C]
