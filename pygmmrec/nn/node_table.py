"""Free embeddings that know whose they are."""

from __future__ import annotations

from torch import nn

from pygmmrec.utils.check import check


class NodeTable(nn.Embedding):
    """An embedding with a row for each node of a type.

    It is an :class:`torch.nn.Embedding` in all else: the same weights drawn in the same order, under the same
    name. That it knows its node type lets a model say which of its parameters have a row for each user or
    item, see :meth:`Recommender.node_tables() <pygmmrec.models.Recommender.node_tables>`.

    Args:
        node_type: The nodes, such as ``user`` or ``item``.
        num_nodes: Number of nodes N.
        dim: Embedding size D.

    Shapes:
        - **weight:** [N, D]

    Raises:
        ValueError: If a size is smaller than one.
    """

    def __init__(self, node_type: str, num_nodes: int, dim: int) -> None:
        check(num_nodes >= 1, "num_nodes", "at least 1", self, num_nodes)
        check(dim >= 1, "dim", "at least 1", self, dim)
        super().__init__(num_nodes, dim)
        self.node_type = node_type

    def extra_repr(self) -> str:
        return f"{self.node_type!r}, {super().extra_repr()}"
