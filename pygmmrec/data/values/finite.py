"""Which rows of a matrix are there, which are not, and which are neither; looked at in blocks."""

from __future__ import annotations

import torch
from torch import Tensor

from pygmmrec.graph.blocks import row_blocks


def not_finite(x: Tensor) -> Tensor:
    """The rows with a NaN or an infinity, [n] int64.

    Shapes:
        x [N, ...]
    """
    return torch.cat([~_finite(block) for block in row_blocks(x.flatten(1))]).nonzero().squeeze(1)


def torn(x: Tensor) -> Tensor:
    """The rows that are neither finite nor NaN throughout, [n] int64.

    Shapes:
        x [N, ...]
    """
    odd = []
    for block in row_blocks(x.flatten(1)):
        wrong = ~_finite(block)
        wrong[wrong.clone()] = ~block[wrong].isnan().all(dim=1)
        odd.append(wrong)
    return torch.cat(odd).nonzero().squeeze(1)


def lacking(x: Tensor) -> Tensor:
    """The rows that are NaN, bool [N], of a matrix without :func:`torn` ones: their first element tells.

    Shapes:
        x [N, ...]
    """
    return x.flatten(1)[:, 0].isnan()


def _finite(block: Tensor) -> Tensor:
    """Which rows [n, F] are finite: their least and largest elements are, and a NaN is both."""
    return block.amin(dim=1).isfinite() & block.amax(dim=1).isfinite()  # .aminmax takes 15 times as long
