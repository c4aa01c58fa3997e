"""The largest entries of each row of a matrix, but for some that are left out."""

from __future__ import annotations

import torch
from torch import Tensor

from pygmmrec.kernels.runtime.dispatch import compiles

GROUP = 32
"""Columns of which the largest entry is known beforehand. 64 does as well, 16 and 128 do not."""


def group_maxima(x: Tensor) -> Tensor:
    """The largest entry of each row in each group of :data:`GROUP` columns, NaN where a group has any.

    Shapes:
        x [B, N] -> [B, ceil(N / GROUP)]
    """
    whole = x.size(1) // GROUP * GROUP
    maxima = x[:, :whole].unflatten(1, (-1, GROUP)).amax(dim=-1)  # [B, G, GROUP] -> [B, G]
    rest = [x[:, whole:].amax(dim=1, keepdim=True)] if whole < x.size(1) else []
    return torch.cat([maxima, *rest], dim=1)


def top_k(
    x: Tensor, k: int, left_out: tuple[Tensor, Tensor] | None = None, maxima: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The ``k`` largest entries of each row and their columns, largest first.

    What is left out counts as ``-inf``, and comes last in a row with fewer than ``k`` others. On the CPU a
    compiled kernel passes over groups of columns whose largest entry is too small, as most are. There the
    first of equal entries comes first; otherwise their order is open.

    Args:
        x: The matrix, without NaN; left as it is.
        k: How many entries, at most N.
        left_out: Rows, ascending, and columns of the entries that are left out.
        maxima: Its :func:`group_maxima`, if they are known.

    Shapes:
        x [B, N], left_out [n] and [n], maxima [B, G] -> values [B, k], columns [B, k]
    """
    if compiles(x):
        from pygmmrec.kernels.ranking.top_k_numba import compiled_top_k

        return compiled_top_k(x, k, left_out, group_maxima(x) if maxima is None else maxima, GROUP)
    if left_out is None:
        value, column = x.topk(k, dim=1)
        return value, column
    if 0 in x.stride():  # all rows are one in memory
        x = x.contiguous()
    kept = x[left_out]
    x[left_out] = -torch.inf
    value, column = x.topk(k, dim=1)
    x[left_out] = kept
    return value, column


def top_k_ref(x: Tensor, k: int, left_out: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """:func:`top_k` by sorting a copy; the first of equal entries comes first."""
    x = x.clone()
    if left_out is not None:
        x[left_out] = -torch.inf
    value, column = x.sort(dim=1, descending=True, stable=True)
    return value[:, :k], column[:, :k]
