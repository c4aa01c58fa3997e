"""Which known pairs a ranking leaves out, said by name."""

from typing import Literal, get_args

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.ranking.pairs import among
from pygmmrec.typing import INTERACTS, VALID
from pygmmrec.utils.check import check

Exclude = Literal["train", "train+val"]
"""``'train'`` is the field's convention: validation items are candidates at test time."""


def exclude_edges(data: HeteroData, exclude: Exclude | None, asked: Tensor | None = None) -> Tensor | None:
    """The user-item pairs that a ranking leaves out.

    Args:
        data: A graph with training edges and, for ``'train+val'``, validation pairs.
        exclude: ``'train'``, ``'train+val'``, or :obj:`None` to leave out nothing.
        asked: The pairs that the ranking is asked about. They are candidates, whatever is known of them.

    Shapes:
        asked [2, n]; [2, E], or :obj:`None`

    Raises:
        ValueError: If ``exclude`` is none of these.
    """
    if exclude is None:
        return None
    choices = get_args(Exclude)
    fine = isinstance(exclude, str) and exclude in choices
    check(fine, "exclude", f"None or one of {list(choices)}", "exclude_edges", exclude)
    known: Tensor = data[INTERACTS].edge_index
    if exclude == "train+val" and VALID in data[INTERACTS]:
        known = torch.cat([known, data[INTERACTS][VALID]], dim=1)
    if asked is not None:
        there = among(known, asked, data["item"].num_nodes)  # [E]
        known = known[:, ~there] if bool(there.any()) else known
    return known
