"""How many training edges each user and each item has."""

from torch_geometric.data import HeteroData

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.typing import INTERACTS


class Degrees(GraphTransform):
    """Store the number of training edges of each user and of each item as ``degree``, [U] and [I] int64.

    A part of the graph keeps the degrees of the whole, which could not be counted there.
    """

    def forward(self, data: HeteroData) -> HeteroData:
        for kind, ends in zip(("user", "item"), data[INTERACTS].edge_index, strict=True):
            data[kind].degree = ends.bincount(minlength=data[kind].num_nodes)
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
