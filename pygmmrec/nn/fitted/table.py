"""What all fitted tables have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from pygmmrec.utils.check import check


class FittedTable(nn.Module, ABC):
    """Buffers with a row for each node of a type, which no gradient reaches.

    Args:
        node_type: The nodes, ``user`` or ``item``.
        num_nodes: Number of nodes N.

    Raises:
        ValueError: If there are no nodes.
    """

    def __init__(self, node_type: str, num_nodes: int) -> None:
        super().__init__()
        check(num_nodes >= 1, "num_nodes", "at least 1", self, num_nodes)
        self.node_type, self.num_nodes = node_type, num_nodes

    @abstractmethod
    def reset_parameters(self) -> None:
        """Leave it as it was before anything was fitted."""

    @abstractmethod
    def at(self, state: Mapping[str, Tensor], places: Tensor) -> dict[str, Tensor]:
        """The buffers of a table for other nodes.

        Args:
            state: The buffers by name, of N nodes.
            places: Where each of the other nodes stands among the N, or -1 for one that is new. What a table
                says of nodes that are not among them is left out, and of new ones it says nothing.

        Shapes:
            places [M]
        """

    def extra_repr(self) -> str:
        return f"{self.node_type!r}, {self.num_nodes}"


def rows_at(value: Tensor, places: Tensor, new: float) -> Tensor:
    """Rows [N, ...] at some places [M], and of one number where there is none: [M, ...]."""
    none = (places < 0).view(-1, *[1] * (value.dim() - 1))
    return value[places.clamp(min=0)].masked_fill(none, new)
