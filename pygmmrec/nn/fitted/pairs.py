"""A fitted number for each pair of nodes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from pygmmrec.nn.fitted.table import FittedTable, rows_at


class FittedPairs(FittedTable):
    """A dense matrix of nodes by nodes.

    Shapes:
        - **weight:** [N, N]
    """

    weight: Tensor

    def __init__(self, node_type: str, num_nodes: int) -> None:
        super().__init__(node_type, num_nodes)
        self.register_buffer("weight", torch.zeros(num_nodes, num_nodes))

    def reset_parameters(self) -> None:
        self.weight.zero_()

    def at(self, state: Mapping[str, Tensor], places: Tensor) -> dict[str, Tensor]:
        rows = rows_at(state["weight"], places, 0.0)  # [M, N]
        return {"weight": rows_at(rows.t(), places, 0.0).t().contiguous()}
