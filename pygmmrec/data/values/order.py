"""Rows in the order of several columns."""

from __future__ import annotations

import numpy as np
import torch

BITS = 63


def order_by(first: np.ndarray, *others: np.ndarray) -> np.ndarray:
    """The rows sorted by the first key, then by the next; rows of equal keys stay in their order: [n] int64.

    Numbers (none of them NaN) are sorted by their bits, in time that grows with the rows only; what is no
    number, by comparing.

    Shapes:
        keys [n] each
    """
    *keys, last = _joined([_as_integers(key) for key in (first, *others)])
    order = _stable(last)
    for key in reversed(keys):
        order = order.take(_stable(key.take(order)))
    return order


def order_by_ref(*keys: np.ndarray) -> np.ndarray:
    """The same by comparing."""
    return np.lexsort(keys[::-1])


def _as_integers(key: np.ndarray) -> np.ndarray:
    """Integers in the order of the numbers: the bits of floats, which go backwards below zero."""
    if key.dtype.kind == "f":
        bits = (key.astype(np.float64) + 0.0).view(np.int64)  # of zeros, there is one
        return np.where(bits < 0, bits ^ np.int64(2**63 - 1), bits)
    if key.dtype.kind == "u" and key.dtype.itemsize == 8:
        return (key ^ np.uint64(2**63)).view(np.int64)
    return key.astype(np.int64, copy=False) if key.dtype.kind in "iub" else key


def _joined(keys: list[np.ndarray]) -> list[np.ndarray]:
    """One key of several whose numbers are zero or above and fit into it side by side."""
    if len(keys) < 2 or len(keys[0]) == 0 or any(key.dtype != np.int64 or key.min() < 0 for key in keys):
        return keys
    widths = [int(key.max()).bit_length() for key in keys]
    if sum(widths) > BITS:
        return keys
    joined = keys[0].copy()
    for key, width in zip(keys[1:], widths[1:], strict=True):
        joined <<= width
        joined |= key
    return [joined]


def _stable(key: np.ndarray) -> np.ndarray:
    if key.dtype != np.int64:
        return np.argsort(key, kind="stable")
    key = key if key.flags.writeable else key.copy()  # torch warns of what it must not write to
    order: np.ndarray = torch.from_numpy(key).sort(stable=True).indices.numpy()
    return order
