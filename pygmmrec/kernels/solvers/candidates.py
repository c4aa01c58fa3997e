"""From which columns a column is worth predicting."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from pygmmrec.kernels.solvers.gram import Gram
from pygmmrec.kernels.solvers.nearest import nearest


def candidates(
    gram: Gram,
    k: int,
    ridge: float,
    *,
    unrelated: bool,
    seen: Callable[[Tensor, Tensor], None] | None = None,
) -> Tensor:
    r"""For each column j, the k others that explain most of it alone in a ridge regression: those of the
    largest :math:`G_{ij}^2 / (G_{ii} + \lambda)`.

    Args:
        gram: G of the columns.
        k: How many, at most.
        ridge: :math:`\lambda`.
        unrelated: Whether columns that have nothing in common with j fill up the k.
        seen: Is given each block of columns, and its rows of counts. (default: ``None``)

    Shapes:
        - **output:** [I, k] int32, -1 where there are no more
    """

    def gain(block: Tensor) -> Tensor:
        rows = gram.counts(block)  # [b, I]
        if seen is not None:
            seen(block, rows)
        rows += gram.of_content(block)
        apart = rows == 0
        gains = rows.square_().div_(gram.diagonal + ridge)
        return gains if unrelated else gains.masked_fill_(apart, -torch.inf)

    every = torch.arange(gram.num_cols, device=gram.diagonal.device)
    return nearest(gain, every, gram.num_cols, k)[0]
