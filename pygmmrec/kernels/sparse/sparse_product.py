"""Sparse times sparse, where what comes out is sparse as well."""

import warnings

import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.utils.check import check


@torch.no_grad()
def sparse_product(left: Adj, right: Adj) -> Adj:
    """The product of two sparse matrices, without gradient; only its entries that have a term are there.

    Args:
        left: [N, S].
        right: [S, T].

    Shapes:
        - **output:** :class:`~.Adj` [N, T]

    Raises:
        ValueError: If the shapes do not fit.
    """
    fits = left.num_cols == right.num_rows
    check(fits, "right", f"of {left.num_cols} rows", "sparse_product", right.num_rows)
    with warnings.catch_warnings():  # "Sparse CSR tensor support is in beta", once per process
        warnings.simplefilter("ignore")
        product = torch.sparse.mm(_coo(left), _coo(right)).coalesce()  # sorted by row, then column
    size = (right.num_cols, left.num_rows)
    return Adj.from_edge_index(product.indices().flip(0), product.values(), size=size)


def _coo(adj: Adj) -> Tensor:
    index, size = torch.stack([adj.row, adj.col]), (adj.num_rows, adj.num_cols)
    return torch.sparse_coo_tensor(index, adj.value, size, check_invariants=False).coalesce()
