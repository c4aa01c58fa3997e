"""The neighbours of each node, and how near they are."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn.fitted.table import FittedTable, rows_at
from pygmmrec.utils.check import check


class FittedNeighbours(FittedTable):
    """A sparse matrix of nodes by nodes with at most k entries in each row.

    Args:
        node_type: The nodes.
        num_nodes: Number of nodes N.
        k: Entries of a row.

    Shapes:
        - **index:** [N, k] int32, ascending, with -1 at the end where a row has fewer
        - **weight:** [N, k]

    Raises:
        ValueError: If ``k`` is smaller than one.
    """

    index: Tensor
    weight: Tensor

    def __init__(self, node_type: str, num_nodes: int, k: int) -> None:
        super().__init__(node_type, num_nodes)
        check(k >= 1, "k", "at least 1", self, k)
        self.register_buffer("index", torch.full((num_nodes, k), -1, dtype=torch.int32))
        self.register_buffer("weight", torch.zeros(num_nodes, k))

    def reset_parameters(self) -> None:
        self.index.fill_(-1)
        self.weight.zero_()

    def assign(self, index: Tensor, weight: Tensor, rows: Tensor | None = None) -> None:
        """Take in neighbours in any order, [B, k] each, of all rows or of some, [B]; -1 for none."""
        index, weight = ascending(index.to(self.index), weight.to(self.weight))
        where = slice(None) if rows is None else rows
        self.index[where], self.weight[where] = index, weight

    def matrix(self) -> Adj:
        """The matrix, [N, N]."""
        return neighbour_matrix(self.index, self.weight, self.num_nodes)

    def at(self, state: Mapping[str, Tensor], places: Tensor) -> dict[str, Tensor]:
        index, weight = (rows_at(state[name], places, new) for name, new in (("index", -1), ("weight", 0.0)))
        known = (places >= 0).nonzero().squeeze(1)
        now = places.new_full((len(state["index"]),), -1)  # [N], where each of them stands from now on
        now[places[known]] = known
        moved = torch.where(index < 0, -1, now[index.long().clamp(min=0)].to(index))
        index, weight = ascending(moved, weight)
        return {"index": index, "weight": weight}


def neighbour_matrix(index: Tensor, weight: Tensor, num_cols: int) -> Adj:
    """The sparse matrix of neighbours that ascend in each row, [B, k] each, without those of -1: [B, N]."""
    there = index >= 0
    count = there.sum(dim=1)
    rowptr = torch.cat([count.new_zeros(1), count.cumsum(0)])
    return Adj(rowptr, index[there].long(), weight[there], num_cols=num_cols)


def ascending(index: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Neighbours in ascending order, [B, k] each, with those of -1 at the end."""
    none = index < 0
    last = index.masked_fill(none, torch.iinfo(index.dtype).max)
    order = last.argsort(dim=1)
    return index.gather(1, order), weight.masked_fill(none, 0.0).gather(1, order)
