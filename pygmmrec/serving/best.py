"""The best of what is left to rank, row by row, without what is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from pygmmrec.kernels.ranking.rank import default_block_size, rank


class Best(NamedTuple):
    """What was found: the row of the question that it answers, its place there from 1, column and score.

    Shapes:
        row, place, column, score [n]
    """

    row: Tensor
    place: Tensor
    column: Tensor
    score: Tensor


def best(
    score: Callable[[Tensor], Tensor],
    index: Tensor,
    k: int,
    num_columns: int,
    *,
    exclude: Tensor | None = None,
    columns: Tensor | None = None,
    block_size: int | None = None,
) -> Best:
    """The ``k`` best columns of each row, or as many as there are.

    Args:
        score: Gives the scores of all columns for a block of rows.
        index: What the rows are of, which ``score`` is given.
        k: How many columns.
        num_columns: How many there are.
        exclude: Pairs of row and column to leave out.
        columns: Those that are ranked, ascending. (default: ``None``, all)
        block_size: Rows at a time. (default: as many as make 30 MB of scores, at most 512)

    Shapes:
        index [B], exclude [2, E], columns [C], score: [b] -> [b, num_columns]
    """
    num_left = num_columns if columns is None else columns.numel()
    size = default_block_size(num_columns) if block_size is None else block_size
    if num_left == 0 or index.numel() == 0:
        none = index.new_empty(0)
        return Best(none, none, none, torch.empty(0, device=index.device))
    if columns is not None and exclude is not None:
        place = columns.new_full((num_columns,), -1)
        place[columns] = torch.arange(num_left, device=columns.device)
        exclude = torch.stack([exclude[0], place[exclude[1]]])
        exclude = exclude[:, exclude[1] >= 0]

    def left(block: Tensor) -> Tensor:
        scores = score(block)  # [b, num_columns]
        return scores if columns is None else scores.index_select(1, columns)

    blocks = list(rank(left, index, min(k, num_left), exclude=exclude, block_size=size))
    values, found = (torch.cat([getattr(block, name) for block in blocks]) for name in ("score", "item"))
    row, place = (values > -torch.inf).nonzero().t()  # what is left out comes last
    column = found[row, place]
    return Best(row, place + 1, column if columns is None else columns[column], values[row, place])
