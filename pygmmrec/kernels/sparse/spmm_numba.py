r"""A·X on the CPU as a compiled kernel, with numba.

:func:`~.multiply_add` and its like load this file at the first product, since numba is slow to load.

- Each thread takes whole rows that hold an equal share of the entries, since few rows have many of them.
- A row of X is asked for some entries before its turn: rows lie anywhere, and no processor guesses where.
- The sum and the division are part of the product, so that no second pass goes over the result.
- Entries are summed in their order with fused multiply-add, as torch's kernel does. Results are the same for
  any number of threads, and where the processor has the instruction the same as torch's to the last bit.
- Of some rows only, the product costs what their entries cost, and so does its gradient, which adds to the
  rows of the result where these entries point. There threads share out the columns, so that no two add to one
  number.
- Threads are those of torch, and as many as it is allowed.

The machine code is kept on disk by numba, so that only the first process compiles (about half a second).
"""

# numba allows no annotations that it could use.
# mypy: disallow-untyped-defs=False, disallow-incomplete-defs=False, disallow-untyped-decorators=False

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pygmmrec.kernels.runtime.jit_numba import array, jit
from pygmmrec.kernels.runtime.prefetch_numba import prefetch
from pygmmrec.kernels.runtime.threads import in_parts, num_parts
from pygmmrec.kernels.sparse.adj import Adj

GRAIN = 1 << 22
"""Multiplications below which a further thread costs more than it saves."""

LARGE = 1 << 23
"""Multiplications from which the kernel wins on several threads.

On 2 cores three layers forward and backward on TikTok, with 4 million in each product, take 6 ms with torch's
kernel and 8 ms with this one, and on Sports, with 14 million, 34 and 25 ms.
"""

AHEAD = 8
"""How many entries before its turn a row of X is asked for. 16 and 32 do as well, 4 and none do not."""

CACHE_LINE = 64
"""Bytes that are loaded at once."""


def pays(adj: Adj, x: Tensor) -> bool:
    """Whether the kernel is expected to be faster at this product than torch's."""
    return torch.get_num_threads() == 1 or adj.nnz * x.size(1) >= LARGE


def compiled_multiply_add(
    adj: Adj, x: Tensor, base: Tensor | None, divisor: int, index: Tensor | None = None
) -> Tensor:
    """What :func:`~.multiply_add` computes, of float32 or float64 on the CPU."""
    rowptr, wanted = array(adj.rowptr), None if index is None else array(index)
    if wanted is None:
        before = rowptr  # entries before each row
    else:
        before = np.concatenate([[0], np.cumsum(rowptr[wanted + 1] - rowptr[wanted])])
    out = x.new_empty(len(before) - 1, x.size(1))
    arrays = (rowptr, *(array(each) for each in (adj.col, adj.value, x)))
    added = None if base is None else array(base)
    arguments = (*arrays, added, arrays[-1].dtype.type(divisor), wanted, array(out))
    in_parts(partial(_sum_rows, *arguments), _shares(before, x.size(1)))
    return out


def compiled_spread(
    adj: Adj, x: Tensor, index: Tensor, base: Tensor | None, base_index: Tensor | None, divisor: int
) -> Tensor:
    """What :func:`~.spread` computes, of float32 or float64 on the CPU."""
    out = x.new_zeros(adj.num_cols, x.size(1))
    arrays = [array(each) for each in (adj.rowptr, adj.col, adj.value, x, index)]
    added = None if base is None or base_index is None else (array(base), array(base_index))
    line = CACHE_LINE // x.element_size()
    num_lines = -(-x.size(1) // line)
    share = index.numel() * adj.nnz // max(adj.num_rows, 1)  # of the entries, roughly
    number = min(num_parts(share * x.size(1), GRAIN), num_lines)
    bounds = [line * (num_lines * part // number) for part in range(number)]
    arguments = (*arrays, *(added or (None, None)), arrays[3].dtype.type(divisor), array(out))
    in_parts(partial(_spread_columns, *arguments), [*bounds, x.size(1)])
    return out


def _shares(before: Any, num_columns: int) -> list[int]:
    """Bounds of one part per thread, of equal shares of the entries, given how many are before each row."""
    num_entries = int(before[-1])
    number = num_parts(num_entries * num_columns, GRAIN)
    inner = np.searchsorted(before, np.arange(1, number) * num_entries // number)
    return [0, *inner.tolist(), len(before) - 1]


@jit
def _sum_rows(rowptr, col, value, x, base, divisor, index, out, start, stop):
    """Places from start to stop of (A x + base) / divisor at the rows index, two entries at a time."""
    num_columns, line, last = x.shape[1], CACHE_LINE // x.itemsize, col.shape[0] - 1
    total = np.empty(num_columns, x.dtype)
    for place in range(start, stop):
        row = place if index is None else index[place]
        total[:] = 0
        entry, end = rowptr[row], rowptr[row + 1]
        while entry + 1 < end:
            for column in range(0, num_columns, line):
                prefetch(x, col[min(entry + AHEAD, last)], column)
                prefetch(x, col[min(entry + AHEAD + 1, last)], column)
            a, b = value[entry], value[entry + 1]
            x_a, x_b = x[col[entry]], x[col[entry + 1]]
            for d in range(num_columns):
                total[d] = (total[d] + a * x_a[d]) + b * x_b[d]
            entry += 2
        if entry < end:
            a, x_a = value[entry], x[col[entry]]
            for d in range(num_columns):
                total[d] += a * x_a[d]
        if base is not None:
            total += base[row]
        for d in range(num_columns):
            out[place, d] = total[d] / divisor


@jit
def _spread_columns(rowptr, col, value, x, index, base, base_index, divisor, out, start, stop):
    """Columns from start to stop of (A[index]^T x + base at the rows base_index) / divisor."""
    line, last, width = CACHE_LINE // x.itemsize, col.shape[0] - 1, stop - start
    for place in range(index.shape[0]):
        added = x[place, start:stop]
        for entry in range(rowptr[index[place]], rowptr[index[place] + 1]):
            for column in range(start, stop, line):
                prefetch(out, col[min(entry + AHEAD, last)], column)
            a, total = value[entry], out[col[entry], start:stop]
            for d in range(width):
                total[d] += a * added[d]
    if base is not None:
        for place in range(base_index.shape[0]):
            added, total = base[place, start:stop], out[base_index[place], start:stop]
            for d in range(width):
                total[d] += added[d]
    if divisor != 1:
        for row in range(out.shape[0]):
            total = out[row, start:stop]
            for d in range(width):
                total[d] /= divisor
