"""The k best columns of each row of a matrix that is made a block at a time."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import pad

from pygmmrec.kernels.ranking.rank import default_block_size
from pygmmrec.kernels.ranking.top_k import top_k

NONE = -1
"""What stands for a column where a row has fewer than k."""


def nearest(
    similarity: Callable[[Tensor], Tensor], rows: Tensor, num_cols: int, k: int, *, itself: bool = False
) -> tuple[Tensor, Tensor]:
    """The k columns of the largest values of some rows, by falling value; on the CPU ties go to the smaller.

    Args:
        similarity: Gives all values of a block of rows. ``-inf`` says that a column is none.
        rows: The rows.
        num_cols: Number of columns N.
        k: How many columns; where there are fewer, :data:`NONE` fills up.
        itself: Whether the column of a row's own number may be among them. (default: ``False``)

    Shapes:
        similarity [b] -> [b, N], rows [B]
        - **output:** columns [B, k] int32, values [B, k]
    """
    blocks = []
    for block in rows.split(default_block_size(num_cols)):
        values = similarity(block)  # [b, N]
        if not itself:
            values.scatter_(1, block.unsqueeze(1), -torch.inf)
        blocks.append(best_columns(values, k))
    index, value = zip(*blocks, strict=True)
    return torch.cat(index), torch.cat(value)


def best_columns(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest entries of each row but those of ``-inf``: columns int32, :data:`NONE` where there are
    no more, and values, 0 there.

    Shapes:
        values [B, N] -> [B, k], [B, k]
    """
    kept = min(k, values.size(1))
    value, index = top_k(values, kept)
    none = value.isneginf()
    index, value = index.masked_fill(none, NONE), value.masked_fill(none, 0.0)
    missing = (0, k - kept)
    return pad(index, missing, value=NONE).to(torch.int32), pad(value, missing)
