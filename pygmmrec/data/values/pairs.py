"""The pairs that a sparse matrix of users and items holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import coo_array, issparse
from torch import Tensor, strided
from torch_geometric.typing import SparseTensor

from pygmmrec.utils.check import check


def is_sparse(source: Any) -> bool:
    """Whether this is a sparse matrix of SciPy, torch or torch-sparse."""
    of_torch = isinstance(source, Tensor) and source.layout != strided
    return bool(issparse(source)) or of_torch or isinstance(source, SparseTensor)


def pairs_of(matrix: Any, where: object) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Rows (users), columns (items) and values of the entries, ``None`` where all values are one.

    Args:
        matrix: A matrix [U, I]; entries that are there twice stay so.
        where: Who asks, for errors.

    Raises:
        ValueError: If it has another number of dimensions.
    """
    if isinstance(matrix, SparseTensor):
        matrix = matrix.to_torch_sparse_coo_tensor()
    if isinstance(matrix, Tensor):
        coalesced = matrix.detach().cpu().to_sparse_coo().coalesce()
        index, value = coalesced.indices().numpy(), coalesced.values().numpy()
        shape = tuple(coalesced.shape)
    else:
        matrix = coo_array(matrix)
        index, value, shape = np.stack(matrix.coords), matrix.data, matrix.shape
    check(len(shape) == 2, "interactions", "a matrix [U, I]", where, f"shape {list(shape)}")
    user, item = index.astype(np.int64)
    return user, item, None if bool((value == 1).all()) else value
