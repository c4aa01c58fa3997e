"""Edge indices to the sparse matrices that propagation multiplies with."""

from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.typing import INTERACTS, REV_INTERACTS, EdgeType
from pygmmrec.utils.check import check


class ToAdj(GraphTransform):
    r"""Give every edge type with an ``edge_index`` its matrix ``matrix`` of shape [num_dst, num_src].

    The counterpart of PyG's ``ToSparseTensor`` for :class:`~.Adj`. Weights come from
    ``edge_weight`` (ones if there is none). Where a store says ``symmetric``, an item graph becomes its own
    transpose, and the two directions of the user-item graph share one pair of matrices. A store whose
    matrix is of its present edges keeps it.

    Raises:
        ValueError: If a store had weights and has lost them, as samplers of PyG do with
            ``subgraph_type='bidirectional'``.
    """

    def forward(self, data: HeteroData) -> HeteroData:
        mirrored = INTERACTS in data.edge_types and data[INTERACTS].get("symmetric", False)
        for edge_type in sorted(data.edge_types, key=lambda edge_type: edge_type == REV_INTERACTS):
            store = data[edge_type]
            if "edge_index" not in store or is_current(data, edge_type):
                continue
            kept = "edge_weight" in store or not store.get("weighted", False)
            remedy = "Sample with subgraph_type='induced' or 'directional', which keep them"
            check(kept, "data", f"a graph with the 'edge_weight' of {edge_type}", self, "none", remedy)
            if edge_type == REV_INTERACTS and mirrored:
                store.matrix = data[INTERACTS].matrix.t()
                store.matrix.made_from = store.edge_index
                continue
            src, _, dst = edge_type
            store.matrix = Adj.from_edge_index(
                store.edge_index,
                store.get("edge_weight"),
                size=(data[src].num_nodes, data[dst].num_nodes),
                symmetric=src == dst and store.get("symmetric", False),
            )
            store.matrix.made_from = store.edge_index
        return data


def is_current(data: HeteroData, edge_type: EdgeType) -> bool:
    """Whether an edge type has a matrix, and it is of the present edges and not of those before a sample."""
    store = data[edge_type]
    matrix: Adj | None = store.get("matrix")
    if matrix is None:
        return False
    src, _, dst = edge_type
    size = (data[dst].num_nodes, data[src].num_nodes)
    if (matrix.num_rows, matrix.num_cols) != size or matrix.nnz != store.num_edges:
        return False
    if matrix.made_from is None or matrix.made_from is store.edge_index:
        return True
    same = matrix.made_from.device == store.edge_index.device and matrix.made_from.equal(store.edge_index)
    if same:  # a copy of them, which need not be looked at again
        matrix.made_from = store.edge_index
    return same
