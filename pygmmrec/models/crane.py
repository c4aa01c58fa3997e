"""CRANE: a collaborative and a semantic view, joined by an item graph that attention refines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.losses import bpr_loss, info_nce_loss, l2_loss
from pygmmrec.losses.bpr import REDUCTIONS
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import RCA, ItemGraphConv, LatentItemGraph, LightGCNPropagation, Reduce, UserProfile
from pygmmrec.transforms import AdaptiveDropEdge, BipartiteNorm, ProfileEdges, ToAdj
from pygmmrec.transforms.adaptive_drop_edge import DropMode
from pygmmrec.typing import INTERACTS, PROFILES, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.adj import Adj
from pygmmrec.utils.bipartite import stack, unstack
from pygmmrec.utils.check import check
from pygmmrec.utils.modalities import modalities
from pygmmrec.utils.rows import rows

REFINED = item_edge_type("refined")
"""The item graph of the epoch."""


class CRANE(Recommender):
    r"""CRANE (`arXiv 2601.11151 <https://arxiv.org/abs/2601.11151>`_), in the steps of its method section.

    1. **Collaborative view** (eq. 1 to 4): :math:`e = \mathrm{LightGCN}(E_u, E_i)` on a user-item graph that
       adaptive DropEdge thins out anew each epoch.
    2. **Features** (eq. 5 to 13): each modality is projected, users get a profile from their items, and
       Recursive Cross-modal Attention refines users and items together.
    3. **Item graph** (eq. 14): cosine top-k over the refined items, weights normalised by row.
    4. **Semantic view** (eq. 15, 16): :math:`h_i` is :math:`e_i` propagated on the item graph, :math:`h_u`
       gathers the :math:`h_i` of the user's items.
    5. **Ranking** (eq. 17): :math:`e^* = e + h`, :math:`s_{ui} = e_u^{*\top} e_i^*`.
    6. **Loss** (eq. 18 to 20): BPR + contrast of the views, of users and of items + L2.

    The attention learns through the kept edge weights only. :meth:`refresh` builds an epoch's item graph, and
    its first step carries the gradient; on a graph that was not refreshed, as at evaluation, the item graph
    comes from the present weights.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality.
        embedding_dim: Embedding size D. (default: ``64``, table 3)
        num_ui_layers: Layers of the collaborative view. (default: ``2``, table 3)
        num_ii_layers: Layers on the item graph. (default: ``1``, table 3)
        num_rounds: Rounds of attention R. (default: ``3``, table 3: 3, 2, 3, 3 by dataset)
        correlation: ``entity`` or ``feature``, see :class:`~pygmmrec.nn.RCA`. (default: ``entity``)
        activation, rca_scale, share_weights, rca_norm: Further arguments of :class:`~pygmmrec.nn.RCA`.
        k: Neighbours of each item. (default: ``15``, table 3: 15, 15, 10, 10)
        include_self: Whether an item is its own neighbour. (default: ``True``)
        profile_aggr: How a profile gathers its items' features. (default: ``sum``, eq. 5)
        semantic_aggr: How :math:`h_u` gathers its items' :math:`h_i`. (default: ``mean``)
        layer_weight: Whether collaborative layers have a trainable matrix, eq. 3. (default: ``False``)
        cl_weight: Weight of the contrastive terms. (default: ``0.8``, table 3: .8, .7, .7, .6)
        temperature: :math:`\tau`. (default: ``0.6``, table 3: .6, .5, .4, .5)
        reg_weight: Weight of the L2 term on the batch's embeddings. (default: ``1e-3``, table 3)
        reduction: Whether BPR and L2 are summed over the batch, as eq. 18 and the weights above expect, or
            averaged; the contrast is always a mean. (default: ``sum``)

    Differences: the paper leaves open how views are fused and users gathered (:math:`e + h`, mean), when the
        item graph is rebuilt, and how embeddings start. The repository published with it holds another model.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_ui_layers: int = 2,
        num_ii_layers: int = 1,
        num_rounds: int = 3,
        correlation: Literal["entity", "feature"] = "entity",
        activation: Literal["tanh", "identity"] = "tanh",
        rca_scale: float | None = None,
        share_weights: bool = False,
        rca_norm: Literal["none", "l2", "layer"] = "l2",
        k: int = 15,
        include_self: bool = True,
        profile_aggr: Literal["sum", "mean", "max", "attention"] = "sum",
        semantic_aggr: Literal["sum", "mean", "max", "attention"] = "mean",
        layer_weight: bool = False,
        cl_weight: float = 0.8,
        temperature: float = 0.6,
        reg_weight: float = 1e-3,
        reduction: Literal["mean", "sum"] = "sum",
    ) -> None:
        super().__init__(num_users, num_items)
        check(temperature > 0, "temperature", "positive", self, temperature)
        check(reduction in REDUCTIONS, "reduction", f"one of {REDUCTIONS}", self, reduction)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.num_rounds = num_rounds
        self.correlation = correlation
        self.activation = activation
        self.rca_scale = rca_scale
        self.share_weights = share_weights
        self.rca_norm = rca_norm
        self.k = k
        self.include_self = include_self
        self.profile_aggr = profile_aggr
        self.semantic_aggr = semantic_aggr
        self.layer_weight = layer_weight
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.reduction = reduction

        dim = embedding_dim
        self.user_embedding = nn.Embedding(num_users, dim)
        self.item_embedding = nn.Embedding(num_items, dim)
        self.collaborative = LightGCNPropagation(num_ui_layers, channels=dim if layer_weight else None)
        self.project = Reduce(modality_dims, dim)
        self.profile = UserProfile(profile_aggr, channels=dim)
        self.rca = RCA(
            list(modality_dims),
            dim,
            num_rounds=num_rounds,
            correlation=correlation,
            activation=activation,
            scale=rca_scale,
            share_weights=share_weights,
            norm=rca_norm,
        )
        self.item_graph = LatentItemGraph(k, include_self=include_self)
        self.semantic_item = ItemGraphConv(num_ii_layers)
        self.semantic_user = UserProfile(semantic_aggr, channels=dim)
        self.reset_parameters()

    @staticmethod
    def pre_transform() -> BaseTransform:
        return Compose([BipartiteNorm(), ProfileEdges(), ToAdj()])

    @staticmethod
    def epoch_transform(p: float | None = 0.1, mode: DropMode = "bernoulli") -> BaseTransform:
        """Thin out the collaborative graph; see :class:`~pygmmrec.transforms.AdaptiveDropEdge`."""
        return Compose([AdaptiveDropEdge(p, mode=mode), BipartiteNorm(), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.normal_(self.user_embedding.weight, std=0.1)  # as LightGCN, on which this view rests
        nn.init.normal_(self.item_embedding.weight, std=0.1)
        for layer in (self.collaborative, self.project, self.profile, self.rca, self.semantic_user):
            layer.reset_parameters()

    def refine(self, data: HeteroData) -> Adj:
        """The item graph of the refined features, with gradient: [I, I] with I · k entries."""
        items = self.project(modalities(data))  # [I, F_m] -> [I, D]
        profiles = self.adj(data, PROFILES)
        entities = {name: stack(self.profile(x, profiles), x) for name, x in items.items()}  # [N, D]
        refined = self.rca(entities)
        views = [unstack(x, self.num_users).item for x in refined.values()]
        graph: Adj = self.item_graph(torch.cat(views, dim=-1))  # M of [I, D] -> [I, M D]
        return graph

    def refresh(self, data: HeteroData) -> None:
        data[REFINED].adj_t = self.refine(data)

    def views(self, data: HeteroData) -> tuple[Embeddings, Embeddings]:
        """The collaborative view e and the semantic view h, each [U, D] and [I, D]."""
        user, item = self.user_embedding.weight, self.item_embedding.weight
        collaborative = self.collaborative(user, item, self.adj(data, INTERACTS))
        if REFINED in data.edge_types:
            graph = self.adj(data, REFINED)
            if torch.is_grad_enabled():  # the gradient belongs to the first step of the epoch
                data[REFINED].adj_t = graph.detach()
        else:
            graph = self.refine(data)
        item = self.semantic_item(collaborative.item, graph)
        return collaborative, Embeddings(self.semantic_user(item, self.adj(data, PROFILES)), item)

    def forward(self, data: HeteroData) -> Embeddings:
        collaborative, semantic = self.views(data)
        return Embeddings(collaborative.user + semantic.user, collaborative.item + semantic.item)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        e, h = self.views(data)
        user = rows(e.user, batch.user) + rows(h.user, batch.user)  # [B, D]
        pos = rows(e.item, batch.pos) + rows(h.item, batch.pos)
        neg = rows(e.item, batch.neg) + rows(h.item, batch.neg)
        ego = self.user_embedding(batch.user), self.item_embedding(batch.pos), self.item_embedding(batch.neg)

        def contrast(view: Tensor, other: Tensor, index: Tensor) -> Tensor:
            views = rows(view, index), rows(other, index)
            return info_nce_loss(*views, temperature=self.temperature, index=index)

        return {
            "bpr": bpr_loss((user * pos).sum(-1), (user * neg).sum(-1), reduction=self.reduction),
            "cl_user": self.cl_weight * contrast(e.user, h.user, batch.user),
            "cl_item": self.cl_weight * contrast(e.item, h.item, batch.pos),
            "l2": self.reg_weight * l2_loss(*ego, reduction=self.reduction),
        }
