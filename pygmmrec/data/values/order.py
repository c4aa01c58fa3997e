"""Rows in the order of several columns."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix


def order_by(*keys: np.ndarray) -> np.ndarray:
    """The rows sorted by the first key, then by the next; rows of equal keys stay in their order: [n] int64.

    Non-negative integers that are not many more than the rows, such as node indices, are sorted by counting,
    in time that grows with the rows only; other keys by comparing.

    Shapes:
        keys [n] each
    """
    order = np.arange(len(keys[0]), dtype=np.int64)
    for key in reversed(keys):
        order = order[_stable(key[order])]
    return order


def _stable(key: np.ndarray) -> np.ndarray:
    size = len(key)
    if size == 0 or key.dtype.kind not in "iu" or key.min() < 0 or key.max() > 4 * size + 1024:
        return np.argsort(key, kind="stable")
    rows = np.arange(size + 1, dtype=np.int64)
    # A row for each entry, so that reading by columns lists them by key, and in their order within each.
    by_row = csr_matrix(
        (rows[:size], key.astype(np.int64), rows), shape=(size, int(key.max()) + 1), copy=False
    )
    order: np.ndarray = by_row.tocsc().data
    return order
