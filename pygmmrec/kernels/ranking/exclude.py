"""Which known pairs a ranking leaves out, said by name."""

from typing import Literal, get_args

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.typing import INTERACTS, VALID
from pygmmrec.utils.check import check

Exclude = Literal["train", "train+val"]
"""``'train'`` is the field's convention: validation items are candidates at test time."""


def exclude_edges(data: HeteroData, exclude: Exclude | None) -> Tensor | None:
    """The user-item pairs that a ranking leaves out.

    Args:
        data: A graph with training edges and, for ``'train+val'``, validation pairs.
        exclude: ``'train'``, ``'train+val'``, or :obj:`None` to leave out nothing.

    Shapes:
        [2, E], or :obj:`None`

    Raises:
        ValueError: If ``exclude`` is none of these.
    """
    if exclude is None:
        return None
    choices = get_args(Exclude)
    check(exclude in choices, "exclude", f"None or one of {list(choices)}", "exclude_edges", exclude)
    train: Tensor = data[INTERACTS].edge_index
    if exclude == "train":
        return train
    return torch.cat([train, data[INTERACTS][VALID]], dim=1)
