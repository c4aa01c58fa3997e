"""Some rows and columns of a sparse matrix."""

from __future__ import annotations

import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows


def submatrix(adj: Adj, row: Tensor | None = None, col: Tensor | None = None) -> Adj:
    """The entries among some rows and columns, with the weights that they have: the counterpart of
    ``x[row][:, col]``, with gradient.

    Args:
        adj: [N, S].
        row: Rows in any order, [R] int64; ``None`` for all.
        col: Columns in any order, each once, [C] int64; ``None`` for all.

    Shapes:
        - **output:** :class:`~.Adj` [R, C]; declared symmetric where ``adj`` is and rows and columns are the
          same
    """
    same = torch.equal(row, col) if row is not None and col is not None else row is col
    out = adj if row is None else select_rows(adj, row)
    num_cols = adj.num_cols if col is None else col.numel()
    source, kept = out.col, torch.ones_like(out.col, dtype=torch.bool)
    if col is not None:
        place = col.new_full((adj.num_cols,), -1)  # [S]
        place[col] = torch.arange(num_cols, device=col.device)
        source = place[out.col]
        kept = source >= 0
    edge_index = torch.stack([source[kept], out.row[kept]])
    size = (num_cols, out.num_rows)
    return Adj.from_edge_index(edge_index, out.value[kept], size=size, symmetric=adj.symmetric and same)
