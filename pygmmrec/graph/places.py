"""Features with places: sequences of tokens [N, L, F] and maps [N, F, H, W], beside vectors [N, F]."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor

from pygmmrec.graph.blocks import row_blocks
from pygmmrec.graph.precision import full_precision
from pygmmrec.utils.check import check

Layout: TypeAlias = Literal["nodes", "tokens", "maps"]
LAYOUTS: tuple[Layout, ...] = ("nodes", "tokens", "maps")
"""What features of two, three and four dimensions are."""


def has_layout(x: Tensor) -> bool:
    """Whether it can be the features of items."""
    return x.is_floating_point() and 2 <= x.dim() < 2 + len(LAYOUTS)


def layout_of(x: Tensor) -> Layout:
    """What features are, by their dimensions.

    Raises:
        ValueError: If they are no vectors, sequences or maps.
    """
    wanted = "[N, F], tokens [N, L, F] or maps [N, F, H, W]"
    check(has_layout(x), "x", wanted, "layout_of", list(x.shape))
    return LAYOUTS[x.dim() - 2]


def channels_last(x: Tensor) -> Tensor:
    """Maps [N, F, H, W] as [N, H, W, F]; vectors and tokens have their channels there."""
    return x.movedim(1, -1) if layout_of(x) == "maps" else x


def pool_places(x: Tensor) -> Tensor:
    """The mean over places, one row for each item: [N, F]. Vectors are returned as they are."""
    x = channels_last(x)  # [N, ..., F]
    return x if x.dim() == 2 else x.flatten(1, -2).mean(dim=1)


@torch.no_grad()
def pooled(x: Tensor) -> Tensor:
    """:func:`pool_places` of stored features, half precision as float32: some items at a time."""
    if x.dim() == 2:
        return full_precision(x)
    return torch.cat([pool_places(full_precision(block)) for block in row_blocks(x)])
