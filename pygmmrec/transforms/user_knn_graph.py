"""User-user graphs from the similarity of what users have."""

from __future__ import annotations

from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, pooled_modalities
from pygmmrec.kernels.neighbours.knn import neighbours_to_edge_index, topk_cosine
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS
from pygmmrec.utils.check import check_integer


class UserKNNGraph(GraphTransform):
    r"""Connect each user to the k users whose items look most like its own, one graph ``('user',
    '<modality>_knn', 'user')`` per modality, as `REARM <https://arxiv.org/abs/2508.13745>`_ does.

    .. math::
        x_u = \frac{1}{|N_u|} \sum_{i \in N_u} x_i, \qquad a_{uu'} = \max(\cos(x_u, x_{u'}), 0)

    Means are of training items that have the modality; a user without any has no edge in its graph. A user is
    its own neighbour. Blocks of rows are searched at a time, and equal similarities are decided by the
    smaller index; where there are fewer than k users, all of them are neighbours. While it runs, the means of
    one modality take O(U · F).

    Args:
        k: Neighbours of each user. (default: ``40``)
        block_size: Rows searched at a time. (default: ``1024``)

    Raises:
        ValueError: If an argument is smaller than one.
    """

    def __init__(self, k: int = 40, *, block_size: int = 1024) -> None:
        self.k = check_integer(k, "k", self, at_least=1)
        self.block_size = check_integer(block_size, "block_size", self, at_least=1)

    def forward(self, data: HeteroData) -> HeteroData:
        size = (data["user"].num_nodes, data["item"].num_nodes)
        to_user = Adj.from_edge_index(data[INTERACTS].edge_index, size=size).t()  # [U, I]
        available = availability(data)
        for name, x in pooled_modalities(data).items():
            items = to_user.keep(available[name][to_user.col]) if name in available else to_user
            having = (items.degree() > 0).nonzero().squeeze(-1)  # [H]
            mean = spmm(items, x) / items.degree().clamp(min=1).unsqueeze(-1)  # [I, F] -> [U, F]
            k = min(self.k, having.numel())
            index, cosine = topk_cosine(mean[having], k, block_size=self.block_size)  # [H, k]
            edge_index = having[neighbours_to_edge_index(index)]  # [2, H k]
            rewire(
                data["user", f"{name}_knn", "user"],
                edge_index=edge_index,
                edge_weight=cosine.clamp(min=0).flatten(),
            )
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(k={self.k})"
