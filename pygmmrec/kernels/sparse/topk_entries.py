"""The largest entries of each row of a sparse matrix."""

import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.utils.check import check


def topk_entries(adj: Adj, k: int) -> Adj:
    """The k largest entries of each row, or all of a shorter one; ties go to the smaller column.

    Args:
        adj: [N, S].
        k: Entries of a row, at least 1.

    Shapes:
        - **output:** :class:`~.Adj` [N, S]

    Raises:
        ValueError: If ``k`` is smaller than one.
    """
    check(k >= 1, "k", "at least 1", "topk_entries", k)
    order = adj.value.detach().argsort(descending=True, stable=True)
    order = order[adj.row[order].argsort(stable=True)]  # rows one after the other, each by falling value
    place = torch.arange(adj.nnz, device=adj.device) - adj.rowptr[adj.row]  # the same in any order of a row
    mask = torch.zeros_like(adj.col, dtype=torch.bool)
    mask[order[place < k]] = True
    return adj.keep(mask)
