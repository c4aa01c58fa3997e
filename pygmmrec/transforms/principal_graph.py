"""The user-item graph that its singular vectors make."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import svds
from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.bipartite import square
from pygmmrec.kernels.sparse.normalize import normalize
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, PRINCIPAL
from pygmmrec.utils.check import check, check_integer, check_number


class PrincipalGraph(GraphTransform):
    r"""The principal sub-graph of PGL (AAAI 2025), global form.

    .. math::
        A' = \sum_{t=1}^{q} s_t \, s_{3q + t} \, p_t q_t^\top, \qquad q = \lfloor D / 8 \rfloor

    of the D / 2 largest singular triplets :math:`(s, p, q)` of :math:`\hat{R} = D_u^{-1/2} R D_i^{-1/2}`;
    entries that are smaller than a threshold are left out. It sets the edge type ``('user', 'principal',
    'item')``, whose weights may be negative and are not normalised. Rows are multiplied out a block of users
    at a time, so that memory is that of what is kept.

    These are the D largest triplets of the square matrix of users and items, each of whose values is there
    twice: the t-th of the first quarter, its value times that of the t-th of the last quarter.

    Args:
        dim: D, divisible by 8. (default: ``64``)
        threshold: Entries below it are left out. (default: ``1e-3``, released)
        block_size: Users multiplied at a time. (default: ``1024``)

    Raises:
        ValueError: If an argument is out of range, D / 2 triplets are more than there are, or the graph
            consists of more than D / 8 parts without an edge between them: each has a singular value of one,
            so that the principal vectors are those of tiny parts, and any mixture of them.
    """

    def __init__(self, dim: int = 64, *, threshold: float = 1e-3, block_size: int = 1024) -> None:
        self.dim = check_integer(dim, "dim", self, at_least=8)
        check(dim % 8 == 0, "dim", "divisible by 8", self, dim)
        self.threshold = check_number(threshold, "threshold", self, above=0)
        self.block_size = check_integer(block_size, "block_size", self, at_least=1)

    def forward(self, data: HeteroData) -> HeteroData:
        size = (data["user"].num_nodes, data["item"].num_nodes)
        edge_index = data[INTERACTS].edge_index
        num_parts, remedy = _num_parts(edge_index, size), "Train on drawn edges: mode='local'"
        fits = num_parts <= self.dim // 8
        check(fits, "data", f"a graph of at most {self.dim // 8} parts", self, num_parts, remedy)
        rank = self.dim // 2
        check(rank < min(size), "dim", f"less than twice the {min(size)} users or items", self, self.dim)
        weight = normalize(edge_index, None, size, "sym").double()
        to_user = Adj.from_edge_index(edge_index.flip(0), weight, size=size[::-1]).cpu()  # [U, I]
        csr = csr_matrix((to_user.value, to_user.col, to_user.rowptr), shape=size)
        left, value, right = svds(csr, k=rank, random_state=np.random.default_rng(0))
        order, kept = np.argsort(-value), self.dim // 8
        value = value[order[:kept]] * value[order[3 * kept : 4 * kept]]
        user = torch.from_numpy(left[:, order[:kept]] * value)  # [U, q]
        item = torch.from_numpy(right[order[:kept]])  # [q, I]
        edges, weights = [], []
        for start in range(0, size[0], self.block_size):
            block = user[start : start + self.block_size] @ item  # [b, q] x [q, I] -> [b, I]
            row, col = (block.abs() >= self.threshold).nonzero(as_tuple=True)
            edges.append(torch.stack([row + start, col]))
            weights.append(block[row, col])
        rewire(
            data[PRINCIPAL],
            edge_index=torch.cat(edges, dim=1).to(edge_index.device),
            edge_weight=torch.cat(weights).float().to(edge_index.device),
        )
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(dim={self.dim}, threshold={self.threshold})"


def _num_parts(edge_index: torch.Tensor, size: tuple[int, int]) -> int:
    """How many components with an edge a graph has."""
    row, col = square(edge_index, size[0]).cpu().numpy()
    matrix = csr_matrix((np.ones(len(row)), (row, col)), shape=(sum(size), sum(size)))
    _, part = connected_components(matrix, directed=False)
    return len(np.unique(part[row]))
