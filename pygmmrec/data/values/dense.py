"""Sparse features as dense ones, where they fit."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np
from scipy.sparse import issparse
from torch import Tensor
from torch_geometric.typing import SparseTensor

from pygmmrec.data.values.floating import check_floating
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

LARGEST_DENSE = 4 << 30
"""Bytes of the largest matrix that is made dense."""


def densify(matrix: Any, name: str, where: object) -> Any:
    """A sparse matrix as an array or a tensor, float32 if it was of SciPy; a log line says how large.

    Args:
        matrix: A matrix [N, F] of SciPy, torch or torch-sparse.
        name: What errors call it.
        where: Who asks, for errors.

    Raises:
        ValueError: If it is not of floats, is damaged, or takes more than 4 GiB as a dense float32 matrix.
    """
    if isinstance(matrix, SparseTensor):
        matrix = matrix.to_torch_sparse_coo_tensor()
    dtype, shape = matrix.dtype, tuple(matrix.shape)
    check_floating(dtype, name, where)
    size = 4 * math.prod(shape)
    remedy = (
        "Reduce it first, as in TruncatedSVD(256).fit_transform(matrix) of sklearn.decomposition, or make it "
        "dense in half precision yourself."
    )
    wanted = f"a sparse matrix of at most {_told(LARGEST_DENSE)} when dense"
    check(size <= LARGEST_DENSE, name, wanted, where, f"{_told(size)}, {list(shape)}", remedy)
    logger.info("%s is sparse: it is made dense, %s", name, _told(size))
    if isinstance(matrix, Tensor):
        return matrix.detach().to_dense()
    check(_is_whole(matrix), name, "a sparse matrix whose indices are within its shape", where, list(shape))
    return matrix.astype(np.float32).toarray()


def _is_whole(matrix: Any) -> bool:
    """Whether a matrix of SciPy points to no element outside of it, where reading would crash."""
    try:
        if hasattr(matrix, "check_format"):
            matrix.check_format(full_check=True)
        return bool(issparse(matrix))
    except ValueError:
        return False


def _told(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**29 else f"{size / 2**20:.1f} MiB"
