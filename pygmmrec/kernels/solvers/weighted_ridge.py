"""One side of alternating least squares: a ridge regression for each row, of which most terms are shared."""

from __future__ import annotations

import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows

NUMBERS = 1 << 23
"""Numbers in memory at a time, 32 MB in single precision."""


@torch.no_grad()
def weighted_ridge(observed: Adj, factors: Tensor, unobserved_weight: float, ridge: Tensor) -> Tensor:
    r"""The rows :math:`x_u` that minimise
    :math:`\sum_{i \in S_u} (x_u^\top y_i - 1)^2 + w \sum_i (x_u^\top y_i)^2 + \lambda_u \lVert x_u \rVert^2`.

    They solve
    :math:`(\sum_{i \in S_u} y_i y_i^\top + w \, Y^\top Y + \lambda_u I) \, x_u = \sum_{i \in S_u} y_i`.

    Args:
        observed: The :math:`S_u`, [B, N].
        factors: Y, [N, D].
        unobserved_weight: w.
        ridge: :math:`\lambda_u`, positive, [B].

    Shapes:
        - **output:** [B, D]
    """
    dim, size = factors.size(1), observed.degree()
    shared = unobserved_weight * (factors.t() @ factors)  # [D, D]
    out = factors.new_zeros(observed.num_rows, dim)
    order = size.argsort()  # rows of like sizes are solved at once
    start = 0
    while start < order.numel():
        room = NUMBERS // (dim * (dim + int(size[order[min(start + 256, order.numel() - 1)]])))
        block = order[start : start + min(256, max(1, room))]
        some, width = select_rows(observed, block), int(size[block[-1]])
        place = torch.arange(some.nnz, device=some.device) - some.rowptr[some.row]
        y = factors.new_zeros(block.numel(), width, dim)
        y[some.row, place] = factors[some.col]  # [b, n, D]
        matrix = shared + y.mT @ y  # [b, D, D]
        matrix.diagonal(dim1=1, dim2=2).add_(ridge[block].unsqueeze(1))
        root = torch.linalg.cholesky(matrix)
        out[block] = torch.cholesky_solve(y.sum(dim=1).unsqueeze(2), root).squeeze(2)
        start += block.numel()
    return out
