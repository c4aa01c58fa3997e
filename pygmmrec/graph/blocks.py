"""Rows of a large tensor, some at a time, so that what looks at them needs no second one of its size."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

BLOCK = 1 << 24
"""Bytes of a block, about."""


def row_blocks(x: Tensor) -> Iterator[Tensor]:
    """The rows of a tensor in order, as views of about 16 MB each.

    Shapes:
        x [N, ...] to blocks [n, ...]
    """
    row = x.element_size() * x[:1].numel()
    return iter(x.split(max(1, BLOCK // max(1, row))))
