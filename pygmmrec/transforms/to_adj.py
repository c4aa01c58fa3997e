"""Edge indices to the sparse matrices that propagation multiplies with."""

from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.typing import INTERACTS, REV_INTERACTS


class ToAdj(BaseTransform):
    r"""Give every edge type with an ``edge_index`` its matrix ``adj_t`` of shape [num_dst, num_src].

    The counterpart of PyG's ``ToSparseTensor`` for :class:`~.Adj`. Weights come from
    ``edge_weight`` (ones if there is none). Where a store says ``symmetric``, an item graph becomes its own
    transpose, and the two directions of the user-item graph share one pair of matrices. A store that has
    its matrix keeps it: a transform that changes edges takes it away.
    """

    def forward(self, data: HeteroData) -> HeteroData:
        mirrored = INTERACTS in data.edge_types and data[INTERACTS].get("symmetric", False)
        for edge_type in sorted(data.edge_types, key=lambda edge_type: edge_type == REV_INTERACTS):
            store = data[edge_type]
            if "edge_index" not in store or "adj_t" in store:
                continue
            if edge_type == REV_INTERACTS and mirrored:
                store.adj_t = data[INTERACTS].adj_t.t()
                continue
            src, _, dst = edge_type
            store.adj_t = Adj.from_edge_index(
                store.edge_index,
                store.get("edge_weight"),
                size=(data[src].num_nodes, data[dst].num_nodes),
                symmetric=src == dst and store.get("symmetric", False),
            )
        return data
