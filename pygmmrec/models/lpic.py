"""Users with prompts for each modality, and items whose modalities follow their ids."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.modalities import availability, modalities, nodes_having, zero_missing
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import rows, triplet_rows, triplet_scores
from pygmmrec.losses import bpr_loss, info_nce_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import (
    ItemGraphConv,
    LightGCNPropagation,
    NodeTable,
    PromptAttention,
    Purify,
    Reduce,
    UserProfile,
)
from pygmmrec.transforms import BipartiteNorm, FuseItemGraphs, ItemKNNGraph, Prepare, ProfileEdges, ToAdj
from pygmmrec.typing import INTERACTS, PROFILES, Embeddings, Modalities, Triplets, item_edge_type
from pygmmrec.utils.check import check

FUSED = "fused"
"""What the joint view of all modalities is called beside them, and its item graph."""


class Views(NamedTuple):
    """Embeddings of ids, and of users and items in each view."""

    ids: Embeddings
    users: Modalities
    items: Modalities


class LPIC(Recommender):
    r"""LPIC (`TOMM 2025 <https://doi.org/10.1145/3735561>`_), a **reconstruction, unverified**: neither
    equations nor code of it were at hand, only its abstract and what others say of it in a line. No number of
    this model is a number of the paper's.

    What is known: prompts that are learned turn one embedding of a user into one for each modality; contrast
    guided by ids enhances textual, visual and fused features; text, image and fused features are aligned. The
    rest is our choice:

    1. **Features**: :math:`z_m = W_m x_m`, and fused :math:`z_f = W_f [z_1 \Vert \dots \Vert z_M]`, the view
       :math:`f` beside the M modalities.
    2. **Users**: :class:`~pygmmrec.nn.PromptAttention` of the free :math:`E_u` over the prompts of a view and
       the mean of :math:`z_m` over the user's items: :math:`u_m`.
    3. **Items**: :math:`i_m = S_m (E_i \odot \sigma(z_m V_m + b_m))` on the frozen item graph of the view.
    4. **Ids**: :math:`e = \mathrm{LightGCN}(E_u, E_i)`.
    5. **Ranking**: :math:`s_{ui} = (e_u + \mathrm{mean}_m u_m)^\top (e_i + \mathrm{mean}_m i_m)`.
    6. **Loss**: BPR, :math:`\mathrm{NCE}(e_i, i_m)` of each view, :math:`\mathrm{NCE}(i_m, i_{m'})` of each
       pair of views, and L2.

    An item that lacks a modality has no part in it: not in the graph, the means of users and the contrasts.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality.
        embedding_dim: Embedding size D. (default: ``64``)
        num_prompts: Prompts of a view. (default: ``4``)
        num_ui_layers: Layers on the user-item graph. (default: ``2``)
        num_ii_layers: Layers on the item graphs. (default: ``1``)
        cl_weight: Weight of the contrast with ids. (default: ``0.01``)
        align_weight: Weight of the alignment of views. (default: ``0.01``)
        temperature: Temperature of both. (default: ``0.2``)
        reg_weight: Weight of the L2 term. (default: ``1e-4``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or a graph.

    Differences: unknown.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_prompts: int = 4,
        num_ui_layers: int = 2,
        num_ii_layers: int = 1,
        cl_weight: float = 0.01,
        align_weight: float = 0.01,
        temperature: float = 0.2,
        reg_weight: float = 1e-4,
    ) -> None:
        super().__init__(num_users, num_items)
        check(FUSED not in modality_dims, "modality_dims", f"without {FUSED!r}", self, dict(modality_dims))
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_prompts = num_prompts
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.cl_weight = cl_weight
        self.align_weight = align_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        views = [*modality_dims, FUSED]
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.project = Reduce(modality_dims, embedding_dim)
        self.join = nn.Linear(len(modality_dims) * embedding_dim, embedding_dim, bias=False)
        prompts = {name: PromptAttention(embedding_dim, num_prompts=num_prompts) for name in views}
        self.prompts = nn.ModuleDict(prompts)
        self.profile = UserProfile("mean")
        self.gate = Purify(dict.fromkeys(views, embedding_dim), embedding_dim)
        self.spread = ItemGraphConv(num_ii_layers)
        self.collaborative = LightGCNPropagation(num_ui_layers)
        self.reset_parameters()

    @classmethod
    def pre_transform(
        cls, k: int = 10, weights: Mapping[str, float] | None = None, search: Search = "exact"
    ) -> BaseTransform:
        """The user-item graph, the item graph of each modality, and all of them fused by ``weights``."""
        graphs = [ItemKNNGraph(k, search=search, weighted=True), FuseItemGraphs(weights, name=FUSED)]
        return Prepare(cls.__name__, [BipartiteNorm(), ProfileEdges(), *graphs, ToAdj()])

    def reset_parameters(self) -> None:
        for weight in (self.user_embedding.weight, self.item_embedding.weight, self.join.weight):
            nn.init.xavier_uniform_(weight)
        layers: list[Any] = [self.project, self.gate, *self.prompts.values()]
        for layer in layers:
            layer.reset_parameters()

    def having(self, data: HeteroData) -> Modalities:
        """Which items have a part in a view, bool [I], of the views in which some have none."""
        masks = {name: mask for name, mask in availability(data).items() if name in self.modality_dims}
        everywhere = len(masks) < len(self.modality_dims)
        return masks if everywhere else {**masks, FUSED: torch.stack([*masks.values()]).any(dim=0)}

    def views(self, data: HeteroData) -> Views:
        """Embeddings of all users and items, before they are added up."""
        user, item, having = self.user_embedding.weight, self.item_embedding.weight, self.having(data)
        z = zero_missing(self.project(modalities(data, self.modality_dims, self)), having)
        z[FUSED] = self.join(torch.cat([*z.values()], dim=-1))  # [I, M D] -> [I, D]
        gated = self.gate(z, item)
        users, items = {}, {}
        for name, feature in z.items():
            mine = self.adj(data, PROFILES)
            mine = mine.keep(having[name][mine.col]) if name in having else mine
            users[name] = self.prompts[name](user, self.profile(feature, mine), mine.degree() > 0)
            graph = self.adj(data, item_edge_type(name if name == FUSED else f"{name}_knn"))
            items[name] = self.spread(gated[name], graph)
        return Views(self.collaborative(user, item, self.adj(data, INTERACTS)), users, items)

    @staticmethod
    def _sum(views: Views) -> Embeddings:
        users, items = (torch.stack([*x.values()]).mean(dim=0) for x in (views.users, views.items))
        return Embeddings(views.ids.user + users, views.ids.item + items)

    def forward(self, data: HeteroData) -> Embeddings:
        return self._sum(self.views(data))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        views = self.views(data)
        terms = {"bpr": bpr_loss(*triplet_scores(*self._sum(views), batch))}
        free = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        terms["l2"] = self.reg_weight * l2_loss(*free)
        with_ids = [self._contrast(data, batch, views, name) for name in views.items]
        of_views = [self._contrast(data, batch, views, *pair) for pair in combinations(views.items, 2)]
        terms["cl_ids"] = self.cl_weight * torch.stack(with_ids).sum()
        terms["align"] = self.align_weight * torch.stack(of_views).sum()
        return terms

    def _contrast(self, data: HeteroData, batch: Triplets, views: Views, *names: str) -> Tensor:
        """InfoNCE of two views, or of ids and one, over the batch's positives that have a part in them."""
        node, count = nodes_having(self.having(data), *batch.pos.unique(return_counts=True), *names)
        if node.numel() == 0:
            return views.ids.item.new_zeros(())
        compared = [views.items[name] for name in names]
        a, b = compared if len(names) > 1 else (views.ids.item, *compared)
        return info_nce_loss(rows(a, node), rows(b, node), temperature=self.temperature, count=count)
