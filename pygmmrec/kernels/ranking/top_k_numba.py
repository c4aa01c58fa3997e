"""The largest entries of each row as a compiled kernel, with numba.

:func:`~.top_k` loads this file at the first ranking, since numba is slow to load.

- If e entries of a row are left out, k others are at least as large as the (k + e)-th of the maxima of its
  groups. A bound just below that is found by halving, and groups below it are not read.
- Of the rest, which are little more than k, a heap keeps the k best; its root is the worst of them.
"""

# numba allows no annotations that it could use.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-decorators=False

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor

from pygmmrec.kernels.runtime.jit_numba import array, jit
from pygmmrec.kernels.runtime.threads import in_parts, num_parts

GRAIN = 1 << 18
"""Entries below which a further thread costs more than it saves."""

SLACK = 4
"""Groups above the bound, beyond those that it needs, at which the search for a better one ends."""

HALVINGS = 24
"""Steps after which that search ends at the latest."""


def compiled_top_k(
    x: Tensor, k: int, left_out: tuple[Tensor, Tensor] | None, maxima: Tensor, group: int
) -> tuple[Tensor, Tensor]:
    """What :func:`~.top_k` computes, of float32 or float64 on the CPU."""
    num_rows = x.size(0)
    value, column = x.new_empty(num_rows, k), torch.empty(num_rows, k, dtype=torch.int64)
    if left_out is None:
        left_out = (column.new_empty(0), column.new_empty(0))
    row, left = left_out
    before = torch.searchsorted(row, torch.arange(num_rows + 1))  # [B + 1] entries left out above each row
    # Rows may lie further apart than they are long, and no copy is made for that.
    entries = x.numpy() if x.stride(1) == 1 else array(x)
    arrays = (entries, array(maxima), array(before), array(left), array(value), array(column))
    number = num_parts(x.numel(), GRAIN)
    bounds = [num_rows * part // number for part in range(number + 1)]
    in_parts(partial(_best_of_rows, *arrays, group), bounds)
    return value, column


@jit
def _best_of_rows(x, maxima, before, left_out, value, column, group, start, stop):
    """The largest entries of the rows from start to stop, and their columns."""
    num_columns, num_groups, k = x.shape[1], maxima.shape[1], value.shape[1]
    lowest = x.dtype.type(-np.inf)
    is_out = np.zeros(num_columns, np.bool_)
    for row in range(start, stop):
        entries, largest, values, columns = x[row], maxima[row], value[row], column[row]
        outs = left_out[before[row] : before[row + 1]]
        for place in range(outs.shape[0]):
            is_out[outs[place]] = True
        needed = k + outs.shape[0]
        bound = _bound(largest, needed) if needed <= num_groups else lowest
        values[:], columns[:] = lowest, num_columns  # worse than any entry
        for g in range(num_groups):
            if largest[g] >= bound:
                for c in range(g * group, min((g + 1) * group, num_columns)):
                    if entries[c] >= bound:
                        entry = lowest if is_out[c] else entries[c]
                        if _is_worse(values[0], columns[0], entry, c):
                            _replace_root(values, columns, k, entry, c)
        for place in range(outs.shape[0]):
            is_out[outs[place]] = False
        for last in range(k - 1, 0, -1):  # the worst of those that are left goes to the end
            worst, worst_column = values[0], columns[0]
            _replace_root(values, columns, last, values[last], columns[last])
            values[last], columns[last] = worst, worst_column


@jit
def _bound(x, needed):
    """A number that at least so many of x reach, and few more."""
    low, high, half = x[0], x[0], x.dtype.type(0.5)
    for place in range(x.shape[0]):
        low, high = min(low, x[place]), max(high, x[place])
    for _ in range(HALVINGS):
        middle = low + (high - low) * half
        number = _number_from(x, middle)
        if number < needed:
            high = middle
        else:
            low = middle
            if number <= needed + SLACK:
                break
    return low


@jit
def _number_from(x, bound):
    """How many of x are no smaller."""
    number = np.int32(0)  # a wider one is counted more slowly
    for place in range(x.shape[0]):
        number = np.int32(number + np.int32(x[place] >= bound))
    return number


@jit
def _is_worse(value, column, other, other_column):
    """Whether an entry comes after another: smaller, or equal and in a later column."""
    return value < other or (value == other and column > other_column)


@jit
def _replace_root(values, columns, size, value, column):
    """Put an entry in the place of the worst of a heap, and restore its order."""
    place = 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and _is_worse(
            values[child + 1], columns[child + 1], values[child], columns[child]
        ):
            child += 1
        if not _is_worse(values[child], columns[child], value, column):
            break
        values[place], columns[place] = values[child], columns[child]
        place = child
    values[place], columns[place] = value, column
