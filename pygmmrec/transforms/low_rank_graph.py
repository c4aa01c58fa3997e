"""The user-item graph at low rank: users and items that meet in a few factors."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds
from torch_geometric.data import HeteroData

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, EdgeType
from pygmmrec.utils.check import check, check_integer

USER_FACTORS: EdgeType = ("factor", "spans", "user")
"""Edges to each user from all factors, weighted by what it has of them."""

ITEM_FACTORS: EdgeType = ("factor", "spans", "item")
"""Edges to each item from all factors."""


class LowRankGraph(GraphTransform):
    r"""Join users and items through the q largest singular triplets of the weighted user-item graph, as
    `LightGCL <https://arxiv.org/abs/2302.08191>`_ does.

    .. math::
        \hat{R} \approx U_q S_q V_q^\top = A_u A_i^\top, \qquad A_u = U_q S_q^{1/2}, \quad A_i = V_q S_q^{1/2}

    It adds q nodes of type ``factor``, and edges from each of them to all users, weighted by :math:`A_u`, and
    to all items, weighted by :math:`A_i`. It belongs after ``BipartiteNorm``. The decomposition is that of
    SciPy's Lanczos method, exact to rounding, always from the same start, and reads the sparse matrix alone.

    Args:
        q: Number of factors; fewer where there are no more than q users or items. (default: ``5``)

    Raises:
        ValueError: If ``q`` is smaller than one, the graph has no weights, or less than two users or items.
    """

    def __init__(self, q: int = 5) -> None:
        self.q = check_integer(q, "q", self, at_least=1)

    def forward(self, data: HeteroData) -> HeteroData:
        store, size = data[INTERACTS], (data["user"].num_nodes, data["item"].num_nodes)
        weighted = "edge_weight" in store
        check(weighted, "data", "a graph with weights", self, "none", "Apply BipartiteNorm() first")
        check(min(size) > 1, "data", "a graph of two users and items at least", self, size)
        user, item = store.edge_index.cpu().numpy()
        matrix = csr_matrix((store.edge_weight.double().cpu().numpy(), (user, item)), shape=size)
        q = min(self.q, min(size) - 1)
        left, value, right = svds(matrix, k=q, random_state=np.random.default_rng(0))  # [U, q], [q], [q, I]
        data["factor"].num_nodes = q
        for edge_type, vectors in ((USER_FACTORS, left), (ITEM_FACTORS, right.T)):
            share = torch.from_numpy(vectors * value**0.5).to(store.edge_weight)  # [N, q]
            num_nodes = share.size(0)
            target = torch.arange(num_nodes, device=share.device).repeat_interleave(q)  # [N q]
            source = torch.arange(q, device=share.device).repeat(num_nodes)
            rewire(data[edge_type], edge_index=torch.stack([source, target]), edge_weight=share.flatten())
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(q={self.q})"
