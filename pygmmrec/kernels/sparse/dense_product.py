"""Sparse times sparse, where what comes out is dense: scores of a block of users."""

from __future__ import annotations

import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows
from pygmmrec.utils.check import check

TERMS = 1 << 22
"""Products of two entries that are in memory at a time, about 100 MB."""


@torch.no_grad()
def dense_product(left: Adj, right: Adj) -> Tensor:
    """The product of two sparse matrices as a dense one, without gradient, in time of its terms.

    Args:
        left: [B, S].
        right: [S, T], in the precision of the result.

    Shapes:
        - **output:** [B, T]

    Raises:
        ValueError: If the shapes do not fit.
    """
    fits = left.num_cols == right.num_rows
    check(fits, "right", f"of {left.num_cols} rows", "dense_product", right.num_rows)
    out = right.value.new_zeros(left.num_rows * right.num_cols)
    count = right.degree()[left.col]  # [E], terms of each entry
    ends = count.cumsum(0)
    start = 0
    while start < left.nnz:
        done = int(ends[start - 1]) if start > 0 else 0
        stop = max(start + 1, int(torch.searchsorted(ends, done + TERMS, right=True)))
        some = slice(start, stop)
        part = select_rows(right, left.col[some])  # [n, T]
        row = (left.row[some] * right.num_cols).repeat_interleave(count[some])  # [terms]
        weight = left.value[some].to(out).repeat_interleave(count[some])
        out.index_add_(0, row + part.col, weight * part.value)
        start = stop
    return out.view(left.num_rows, right.num_cols)


def dense_product_ref(left: Adj, right: Adj) -> Tensor:
    """What :func:`dense_product` computes, of dense matrices."""
    return left.to_dense().to(right.value) @ right.to_dense()
