"""What goes into a correlation of all pairs of rows: three tensors that fit, and an activation."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor

from pygmmrec.utils.check import check

Activation: TypeAlias = Literal["tanh", "identity"]
ACTIVATIONS = ("tanh", "identity")


def check_correlation(
    x: Tensor, f: Tensor, v: Tensor, activation: Activation, where: str
) -> tuple[Tensor, Tensor, Tensor]:
    """The three tensors in their widest dtype, if they fit each other and the activation is known."""
    check(activation in ACTIVATIONS, "activation", f"one of {ACTIVATIONS}", where, activation)
    fits = x.dim() == f.dim() == v.dim() == 2 and x.size(1) == f.size(1) and f.size(0) == v.size(0)
    shapes = [list(x.shape), list(f.shape), list(v.shape)]
    check(fits, "x, f, v", "of shapes [N, D], [S, D], [S, C]", where, shapes)
    dtype = torch.promote_types(torch.promote_types(x.dtype, f.dtype), v.dtype)  # they differ under autocast
    return x.to(dtype), f.to(dtype), v.to(dtype)
