"""Whether a graph that a file says can be one: each id is there once, and each index is of a node."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.data.ids import IdMap
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.typing import HELD_OUT

PAIRS = ("edge_index", *HELD_OUT)
"""What holds pairs of nodes."""


def check_whole(data: HeteroData) -> None:
    """Refuse what would be read beyond its end, or answer for somebody else.

    Raises:
        ValueError: If ids are not as many as nodes or one is missing or there twice, or an index is of no
            node; the message says where.
    """
    for kind in data.node_types:
        ids, size = data[kind].get("raw_id"), data[kind].get("num_nodes")
        if isinstance(ids, IdMap) and not isinstance(ids.ids, range):
            _refuse(len({*ids.ids, None}) == len(ids) + 1, f"an id of a {kind} is missing or there twice")
        _refuse(not isinstance(ids, IdMap) or size in (None, len(ids)), f"{size} {kind}s have other ids")
    for edge_type in data.edge_types:
        sizes = [data[each].get("num_nodes") for each in (edge_type[0], edge_type[2])]
        for key, value in data[edge_type].items():
            name = f"{' '.join(edge_type)}.{key}"
            if key in PAIRS:
                _refuse(_is_pairs(value, sizes), f"{name} are no pairs of nodes")
            _refuse(not isinstance(value, Adj) or _is_matrix(value), f"{name} is no matrix")


def _refuse(fine: bool, why: str) -> None:
    if not fine:
        raise ValueError(why)


def _is_pairs(pairs: Any, sizes: list[int | None]) -> bool:
    fine = isinstance(pairs, Tensor) and pairs.dtype == torch.int64 and pairs.dim() == 2 and len(pairs) == 2
    return fine and all(size is None or _below(row, size) for row, size in zip(pairs, sizes, strict=True))


def _is_matrix(adj: Adj) -> bool:
    bounds = adj.rowptr
    fine = bounds.dim() == adj.col.dim() == 1 and len(bounds) > 0 and int(bounds[0]) == 0
    fine = fine and int(bounds[-1]) == adj.nnz and bool((bounds.diff() >= 0).all())
    return fine and _below(adj.col, adj.num_cols)


def _below(index: Tensor, size: int) -> bool:
    return bool(((index >= 0) & (index < size)).all())
