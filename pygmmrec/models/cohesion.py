"""Modalities mixed with ids early on, refined on the graph, and balanced in the loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import rows, triplet_rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.losses import balanced_bpr_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import EarlyFusion, ItemGraphConv, NodeTable, RefinedPropagation
from pygmmrec.transforms import (
    AdaptiveDropEdge,
    BipartiteNorm,
    FuseItemGraphs,
    ItemKNNGraph,
    Prepare,
    ToAdj,
    UserGraph,
)
from pygmmrec.typing import INTERACTS, USER_GRAPH, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.check import check

FUSED = item_edge_type("fused")
"""The frozen item graph."""

VARIANTS = ("paper", "released")


class COHESION(Recommender):
    r"""COHESION (`arXiv 2504.04452 <https://arxiv.org/abs/2504.04452>`_): modalities meet ids before they are
    propagated, and the branch that lags behind counts for more.

    1. **Early fusion**: a branch b for ids and one for each modality, :math:`f_b` of
       :class:`~pygmmrec.nn.EarlyFusion`. Users have free preferences :math:`P_b`. Rows are scaled to length
       one.
    2. **User-item graph**: :math:`z_b` of :class:`~pygmmrec.nn.RefinedPropagation`, with its layer 0.
    3. **Other graphs**, frozen (:meth:`pre_transform`): with :math:`z = [z_{id} \Vert z_1 \Vert \dots]`,
       :math:`e_u = z_u + \sum_{u'} a_{uu'} z_{u'}` over users with items in common as in DualGNN, and
       :math:`e_i = z_i + S^n z_i` on the item graph of FREEDOM.
    4. **Ranking**: :math:`s_{ui} = e_u^\top e_i`.
    5. **Loss**: BPR of branches that are weighted triplet by triplet
       (:func:`~pygmmrec.losses.balanced_bpr_loss`), and the mean square of the batch's preferences.

    Where an item lacks a modality, its embedding speaks for it; it has no edge in that item graph.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D of a branch. (default: ``64``, released)
        hidden_dim: Size inside of the MLPs of early fusion. (default: ``256``, released)
        num_ui_layers: Layers on the user-item graph; the released code searches 1 to 4. (default: ``2``)
        num_ii_layers: Layers n on the item graph. (default: ``1``, released)
        reg_weight: Weight of the squares; the released code searches .1 to 1e-4. (default: ``1e-3``)
        variant: ``paper``, or ``released`` for the authors' code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or a graph.

    Differences: the authors' code cuts the branch of ids off from the gradient, so that its preferences and
        its MLP stay as they are drawn, and embeddings of items train by way of modalities only; it has
        weights of users that nothing reads and only the loss shrinks; its logarithm is of base two:
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
        paper = variant == "paper"
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.fuse = EarlyFusion(modality_dims, embedding_dim, hidden_dim)
        self.fuse.own.requires_grad_(paper)
        self.user_embedding = NodeTable("user", num_users, embedding_dim).requires_grad_(paper)
        free = {name: nn.Parameter(torch.empty(num_users, embedding_dim)) for name in modality_dims}
        self.preference = nn.ParameterDict(free)
        unread = torch.empty(num_users, len(modality_dims))
        self.user_weight = None if paper else nn.Parameter(unread)
        num_branches = len(modality_dims) + 1
        self.collaborative = RefinedPropagation(num_ui_layers, first=True, num_blocks=num_branches)
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

    @staticmethod
    def epoch_transform(p: float = 0.0) -> BaseTransform | None:
        """Keep the share 1 - p of the edges, drawn without replacement; with 0, the default, all of them."""
        drawn = Compose([AdaptiveDropEdge(p, mode="budget"), BipartiteNorm(), ToAdj()])
        return None if p == 0 else drawn

    def reset_parameters(self) -> None:
        for weight in (self.item_embedding.weight, self.user_embedding.weight, *self.preference.values()):
            nn.init.xavier_normal_(weight)
        if self.user_weight is not None:
            nn.init.xavier_normal_(self.user_weight)
        self.fuse.reset_parameters()

    def node_tables(self) -> dict[str, NodeType]:
        users = {f"preference.{name}": "user" for name in self.modality_dims}
        unread = {} if self.user_weight is None else {"user_weight": "user"}
        return {**super().node_tables(), **users, **unread}

    def forward(self, data: HeteroData) -> Embeddings:
        x = modalities(data, self.modality_dims, self)
        items = self.fuse(self.item_embedding.weight, x, availability(data))  # K of [I, D]
        users = [self.user_embedding.weight, *(self.preference[name] for name in self.modality_dims)]
        if self.variant == "released":
            items[0] = items[0].detach()
        user, item = (torch.cat([unit_rows(branch) for branch in side], dim=1) for side in (users, items))
        z = self.collaborative(user, item, self.adj(data, INTERACTS))  # [U, K D], [I, K D]
        e_user = z.user + spmm(self.adj(data, USER_GRAPH), z.user)
        return Embeddings(e_user, z.item + self.spread(z.item, self.adj(data, FUSED)))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out = self(data)
        branches = (x.unflatten(1, (-1, self.embedding_dim)) for x in triplet_rows(out.user, out.item, batch))
        user, pos, neg = branches  # [B, K D] -> [B, K, D]
        bpr = balanced_bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1))
        free = [rows(self.preference[name], batch.user) for name in self.modality_dims]  # [B, D] each
        if self.variant == "paper":
            free.append(rows(self.user_embedding.weight, batch.user))
        else:
            bpr = bpr / math.log(2)
        unread = [] if self.user_weight is None else [self.user_weight]
        squares = torch.stack([x.square().mean() for x in (*free, *unread)])
        return {"bpr": bpr, "l2": self.reg_weight * squares.sum()}
