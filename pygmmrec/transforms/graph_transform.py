"""What all transforms share: they take a graph and nothing else."""

from __future__ import annotations

from typing import Any

from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.is_graph import check_is_graph


class GraphTransform(BaseTransform):
    """A transform of PyG that says so where it is given something else than a graph, such as its data set.

    Raises:
        ValueError: If what is given is no :class:`~torch_geometric.data.HeteroData`.
    """

    def __call__(self, data: Any) -> Any:
        """The transformed graph; the one that is given stays as it is."""
        check_is_graph(data, self)
        return super().__call__(data)
