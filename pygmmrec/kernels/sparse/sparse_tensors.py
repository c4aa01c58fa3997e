"""Sparse matrices as torch's sparse tensors and back, without copies."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj


def transposed_csc(adj: Adj) -> Tensor:
    """The transpose of a matrix [N, S] as a sparse CSC tensor [S, N], of the same memory."""
    with warnings.catch_warnings():  # "Sparse CSC tensor support is in beta", once per process
        warnings.simplefilter("ignore")
        size = (adj.num_cols, adj.num_rows)
        return torch.sparse_csc_tensor(adj.rowptr, adj.col, adj.value, size=size, check_invariants=False)


def rows_of(csr: Tensor) -> Adj:
    """A sparse CSR tensor [N, S] as it is."""
    return Adj(csr.crow_indices(), csr.col_indices(), csr.values(), num_cols=csr.size(1))


def columns_of(csc: Tensor) -> Adj:
    """The transpose [S, N] of a sparse CSC tensor [N, S]."""
    return Adj(csc.ccol_indices(), csc.row_indices(), csc.values(), num_cols=csc.size(0))
