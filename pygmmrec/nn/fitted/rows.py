"""A fitted row of numbers for each node."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from pygmmrec.nn.fitted.table import FittedTable, rows_at

START = 0.1
"""Standard deviation of the length of a row before anything was fitted, where it starts at random."""


class FittedRows(FittedTable):
    """Embeddings that a closed form finds.

    Args:
        node_type: The nodes.
        num_nodes: Number of nodes N.
        dim: Numbers of a row D.
        drawn: Whether rows start at random, for methods that alternate; with zeros otherwise.
            (default: ``False``)

    Shapes:
        - **weight:** [N, D]
    """

    weight: Tensor

    def __init__(self, node_type: str, num_nodes: int, dim: int, *, drawn: bool = False) -> None:
        super().__init__(node_type, num_nodes)
        self.dim, self.drawn = dim, drawn
        self.register_buffer("weight", torch.empty(num_nodes, dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        if self.drawn:
            self.weight.normal_(std=START / self.dim**0.5)
        else:
            self.weight.zero_()

    def at(self, state: Mapping[str, Tensor], places: Tensor) -> dict[str, Tensor]:
        return {"weight": rows_at(state["weight"], places, 0.0)}
