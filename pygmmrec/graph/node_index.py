"""Some nodes, by index."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.typing import NodeType

from pygmmrec.utils.check import check


def check_node_index(index: Tensor, num_nodes: int, node_type: NodeType, where: object) -> None:
    """Raise a :class:`ValueError` unless ``index`` names some nodes of a type, in any order, each once.

    Args:
        index: Nodes, [N] int64.
        num_nodes: How many there are.
        node_type: Of what type they are.
        where: Who asks, see :func:`~pygmmrec.utils.check.check`.
    """
    shown = f"nodes[{node_type!r}]"
    flat = isinstance(index, Tensor) and index.dtype == torch.int64 and index.dim() == 1
    found = f"{index.dtype} {list(index.shape)}" if isinstance(index, Tensor) else type(index).__name__
    check(flat and index.numel() > 0, shown, "int64 indices [N], at least one", where, found)
    fits = int(index.min()) >= 0 and int(index.max()) < num_nodes
    check(fits, shown, f"between 0 and {num_nodes - 1}", where, [int(index.min()), int(index.max())])
    once = index.unique().numel() == index.numel()
    check(once, shown, "free of repeats", where, f"{index.numel()} indices")
