"""Degree normalisation of the user-item graph."""

from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.normalize import NORMS, Norm, normalize
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, REV_INTERACTS
from pygmmrec.utils.check import check


class BipartiteNorm(GraphTransform):
    r"""Weight the user-item edges by degree, as `LightGCN <https://arxiv.org/abs/2002.02126>`_ does.

    Sets ``edge_weight`` of both directions from their ``edge_index``, so it belongs after any transform
    that drops edges. With ``norm="sym"`` both directions carry the same weight and are declared transposes
    of each other (``symmetric`` of the store), which saves :class:`ToAdj` a transpose.

    Args:
        norm: ``sym`` for :math:`1/\sqrt{d_u d_i}`, ``row`` for the mean over each node's neighbours,
            ``none`` for their sum. (default: ``sym``)

    Raises:
        ValueError: If ``norm`` is unknown, or the graph lacks a direction.
    """

    def __init__(self, norm: Norm = "sym") -> None:
        check(norm in NORMS, "norm", f"one of {NORMS}", self, norm)
        self.norm: Norm = norm

    def forward(self, data: HeteroData) -> HeteroData:
        num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
        for edge_type, size in ((INTERACTS, (num_users, num_items)), (REV_INTERACTS, (num_items, num_users))):
            found = "edge_index" in data[edge_type] if edge_type in data.edge_types else False
            remedy = "build_hetero_data makes such a graph"
            check(found, "data", f"a graph with edges {edge_type}", self, data.edge_types, remedy)
            store = data[edge_type]
            rewire(store, edge_weight=normalize(store.edge_index, None, size, self.norm))
            store.symmetric = self.norm != "row"
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(norm={self.norm!r})"
