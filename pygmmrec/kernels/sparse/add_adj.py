"""A weighted sum of sparse matrices."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.utils.check import check


def add_adj(matrices: Sequence[Adj], weights: Iterable[Tensor | float]) -> Adj:
    r"""Add matrices up, :math:`\sum_m w_m A_m`, with gradients to their entries and to the weights.

    Entries at the same place stay separate, which no product notices.

    Args:
        matrices: One or more of the same shape.
        weights: A number or a scalar tensor for each.

    Raises:
        ValueError: If there is no matrix, or their shapes differ.
    """
    check(len(matrices) > 0, "matrices", "at least one", "add_adj", matrices)
    shapes = [(adj.num_rows, adj.num_cols) for adj in matrices]
    check(len(set(shapes)) == 1, "matrices", "of one shape", "add_adj", shapes)
    edge_index = torch.cat([torch.stack([adj.col, adj.row]) for adj in matrices], dim=1)  # [2, sum of E]
    value = torch.cat([adj.value * weight for adj, weight in zip(matrices, weights, strict=True)])
    return Adj.from_edge_index(edge_index, value, size=shapes[0][::-1])
