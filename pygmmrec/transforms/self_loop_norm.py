"""Degree normalisation of the user-item graph with self loops."""

from __future__ import annotations

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.transforms.bipartite_norm import BipartiteNorm
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, REV_INTERACTS


class SelfLoopNorm(GraphTransform):
    r"""Weight the user-item edges by :math:`1 / \sqrt{(d_u + 1) (d_i + 1)}`, as where each node is its own
    neighbour, as `DiffMM <https://arxiv.org/abs/2406.11781>`_ has it.

    Self loops themselves weigh :math:`1 / (d + 1)`; they are no edges of the graph, and
    :class:`~pygmmrec.nn.SelfLoopConv` adds them. Like :class:`BipartiteNorm` it belongs after any transform
    that drops edges.

    Raises:
        ValueError: If the graph lacks a direction.
    """

    def forward(self, data: HeteroData) -> HeteroData:
        num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
        data = BipartiteNorm("none")(data)
        for edge_type, size in ((INTERACTS, (num_users, num_items)), (REV_INTERACTS, (num_items, num_users))):
            edge_index = data[edge_type].edge_index
            rewire(data[edge_type], edge_weight=self_loop_weights(edge_index, size))
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def self_loop_weights(edge_index: Tensor, size: tuple[int, int]) -> Tensor:
    """Weights of the edges between two kinds of nodes, [2, E] to [E].

    Args:
        edge_index: Source and destination of each edge.
        size: ``(num_src, num_dst)``.
    """
    degree = [index.bincount(minlength=num) for index, num in zip(edge_index, size, strict=True)]
    source, target = (each[index] + 1.0 for each, index in zip(degree, edge_index, strict=True))
    weight: Tensor = (source * target).rsqrt()
    return weight
