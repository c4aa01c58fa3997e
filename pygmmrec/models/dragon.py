"""Modalities side by side, whose users learn from users like them and whose items from items like them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import rows, triplet_scores
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.losses import bpr_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import ItemGraphConv, LightGCNPropagation, ModalityMLP
from pygmmrec.transforms import BipartiteNorm, FuseItemGraphs, ItemKNNGraph, Prepare, ToAdj, UserGraph
from pygmmrec.typing import INTERACTS, USER_GRAPH, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.check import check

FUSED = item_edge_type("fused")
"""The frozen item graph."""

VARIANTS = ("paper", "released")


class DRAGON(Recommender):
    r"""DRAGON (`arXiv 2301.12097 <https://arxiv.org/abs/2301.12097>`_): each node learns from two kinds of
    graph, that of users and items and that of its own kind.

    1. **Features**: :math:`f_m(i)` of :class:`~pygmmrec.nn.ModalityMLP`; users have free preferences
       :math:`P_m`. Rows are scaled to length one.
    2. **User-item graph**: each modality by itself, :math:`z_m = \sum_{l=0}^{L} \hat{A}^l [P_m; f_m]`.
    3. **Fusion** side by side: :math:`r_u = [w_{u1} z_1(u) \Vert \dots \Vert w_{uM} z_M(u)]` with weights of
       each user; :math:`r_i = [z_1(i) \Vert \dots \Vert z_M(i)]`.
    4. **Other graphs**, frozen (:meth:`pre_transform`): :math:`e_u = r_u + \sum_{u'} a_{uu'} r_{u'}` over
       users with items in common as in DualGNN, and :math:`e_i = r_i + S^n r_i` on the item graph of FREEDOM.
    5. **Ranking**: :math:`s_{ui} = e_u^\top e_i`.
    6. **Loss**: BPR, and the mean square of preferences and weights of the batch's users.

    In a modality that an item lacks it starts with zeros, and it has no edge in that item graph.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D of a modality. (default: ``64``, released)
        hidden_dim: Size inside of the MLPs. (default: ``256``, released)
        num_ui_layers: L. (default: ``2``, released)
        num_ii_layers: n; the released code searches 1 and 2. (default: ``1``)
        reg_weight: Weight of the squares; the released code searches .1 to 1e-5. (default: ``1e-3``)
        variant: ``paper``, or ``released`` for the authors' code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or a graph.

    Differences: the authors' code takes a logarithm of base two, and the squares of the weights of all users:
        ``released``. It fills lists of users shorter than k with random repeats, drawn anew each epoch, where
        here they stay short, and ranks by the embeddings of the last training batch. Its item graph weighs
        images .1 and texts .9; by default here all modalities weigh the same.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        hidden_dim: int = 256,
        num_ui_layers: int = 2,
        num_ii_layers: int = 1,
        reg_weight: float = 1e-3,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.hidden_dim = hidden_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.reg_weight = reg_weight
        self.variant = variant
        self.project = ModalityMLP(modality_dims, hidden_dim, embedding_dim)
        free = {name: nn.Parameter(torch.empty(num_users, embedding_dim)) for name in modality_dims}
        self.preference = nn.ParameterDict(free)
        self.user_weight = nn.Parameter(torch.empty(num_users, len(modality_dims)))
        self.propagation = LightGCNPropagation(num_ui_layers)
        self.spread = ItemGraphConv(num_ii_layers)
        self.reset_parameters()

    @classmethod
    def pre_transform(
        cls,
        k: int = 10,
        weights: Mapping[str, float] | None = None,
        user_k: int = 40,
        search: Search = "exact",
    ) -> BaseTransform:
        """The user-item graph, the fused graph of each item's k nearest in each modality, and that of each
        user's ``user_k`` nearest in items. For ``weights`` see
        :class:`~pygmmrec.transforms.FuseItemGraphs`."""
        graphs = [ItemKNNGraph(k, search=search), FuseItemGraphs(weights), UserGraph(user_k)]
        return Prepare(cls.__name__, [BipartiteNorm(), *graphs, ToAdj()])

    def reset_parameters(self) -> None:
        for weight in self.preference.values():
            nn.init.xavier_normal_(weight)
        share = nn.init.xavier_normal_(torch.empty_like(self.user_weight))
        self.user_weight.data = share.softmax(dim=-1)  # they sum to one at first
        self.project.reset_parameters()

    def node_tables(self) -> dict[str, NodeType]:
        users = {f"preference.{name}": "user" for name in self.modality_dims}
        return {**super().node_tables(), "user_weight": "user", **users}

    def forward(self, data: HeteroData) -> Embeddings:
        x = modalities(data, self.modality_dims, self)
        features = self.project(x, availability(data))  # [I, F_m] -> [I, D]
        user = torch.cat([unit_rows(self.preference[name]) for name in features], dim=1)  # [U, M D]
        item = torch.cat([unit_rows(f) for f in features.values()], dim=1).to(user.dtype)  # [I, M D]
        z = self.propagation(user, item, self.adj(data, INTERACTS))
        z_user, r_item = (side * (self.num_ui_layers + 1) for side in z)  # the sum of the layers
        share = self.user_weight.repeat_interleave(self.embedding_dim, dim=1)  # [U, M] -> [U, M D]
        r_user = share * z_user
        e_user = r_user + spmm(self.adj(data, USER_GRAPH), r_user)
        return Embeddings(e_user, r_item + self.spread(r_item, self.adj(data, FUSED)))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out = self(data)
        bpr = bpr_loss(*triplet_scores(out.user, out.item, batch))
        free = [rows(self.preference[name], batch.user) for name in self.modality_dims]  # [B, D] each
        weight: Tensor = self.user_weight
        if self.variant == "paper":
            weight = rows(weight, batch.user)  # [B, M]
        else:
            bpr = bpr / math.log(2)
        squares = torch.stack([x.square().mean() for x in (*free, weight)])
        return {"bpr": bpr, "l2": self.reg_weight * squares.sum()}
