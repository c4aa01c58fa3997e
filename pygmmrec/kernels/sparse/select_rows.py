"""Some rows of a sparse matrix."""

import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj


def select_rows(adj: Adj, index: Tensor) -> Adj:
    """Rows of a sparse matrix by index, in any order and as often as they are named: the counterpart of
    ``x[index]``, in time and memory of the entries that come back.

    Args:
        adj: [N, S].
        index: [B] int64.

    Shapes:
        - **output:** :class:`~.Adj` [B, S]
    """
    count = adj.degree()[index]  # [N] -> [B]
    rowptr = torch.cat([count.new_zeros(1), count.cumsum(0)])
    shift = (adj.rowptr[index] - rowptr[:-1]).repeat_interleave(count)  # [B] -> [E']
    entry = torch.arange(shift.numel(), device=shift.device) + shift
    return Adj(rowptr, adj.col[entry], adj.value[entry], num_cols=adj.num_cols)
