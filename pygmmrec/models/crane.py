"""CRANE: a collaborative and a semantic view, joined by an item graph that attention refines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import rows, triplet_rows, triplet_scores
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.losses.bpr import REDUCTIONS
from pygmmrec.losses.info_nce import node_info_nce_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import ItemGraphConv, LightGCNPropagation, NodeTable, RefinedItemGraph, UserProfile
from pygmmrec.nn.feature.rca import RCAOptions, rca_options
from pygmmrec.nn.feature.user_profile import ProfileAggr
from pygmmrec.transforms import AdaptiveDropEdge, BipartiteNorm, Prepare, ProfileEdges, ScaleFeatures, ToAdj
from pygmmrec.transforms.drop_edge import DropMode
from pygmmrec.typing import INTERACTS, PROFILES, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.check import check

REFINED = item_edge_type("refined")
"""The item graph of the epoch."""

STARTS = ("collaborative", "free")
FEATURES = ("centred", "unit", "raw")


class CRANE(Recommender):
    r"""CRANE (`arXiv 2601.11151 <https://arxiv.org/abs/2601.11151>`_), in the steps of its method section.

    1. **Collaborative view** (eq. 1 to 4): :math:`e = \mathrm{LightGCN}(E_u, E_i)` on a user-item graph that
       adaptive DropEdge thins out anew each epoch.
    2. **Item graph** (eq. 5 to 14): each modality is projected, users get a profile from their items,
       Recursive Cross-modal Attention refines users and items together, and each item is joined to the k
       nearest: :class:`~pygmmrec.nn.RefinedItemGraph`.
    3. **Semantic view** (eq. 15, 16): :math:`h_i` is :math:`e_i` propagated on the item graph, :math:`h_u`
       gathers the :math:`h_i` of the user's items.
    4. **Ranking** (eq. 17): :math:`e^* = e + h`, :math:`s_{ui} = e_u^{*\top} e_i^*`.
    5. **Loss** (eq. 18 to 20): BPR + contrast of the views, of users and of items + L2.

    The attention learns through the kept edge weights only. :meth:`refresh` builds an epoch's item graph, and
    the first step on a new graph carries the gradient; where nothing was refreshed, as at evaluation, the
    item graph comes from the present weights.

    The paper's ablations are arguments. Without item graph: ``num_ii_layers=0``; one round:
    ``rca={"num_rounds": 1}``; without attention: ``rca={"num_rounds": 0}``; without GCN: ``num_ui_layers=0``
    and ``num_ii_layers=0``; without contrast: ``cl_weight=0``; without dual fusion: ``late_fusion=True``. Its
    static fusions have no attention: ``fusion``, or a ``modality_dims`` that names one modality.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``, table 3)
        num_ui_layers: Layers of the collaborative view. (default: ``2``, table 3)
        num_ii_layers: Layers on the item graph. (default: ``1``, table 3)
        rca: Arguments of the attention by name, see :class:`~pygmmrec.nn.RCA`: ``num_rounds`` (table 3: 3, 2,
            3, 3 by dataset), ``correlation`` (``entity``, ``feature`` or ``bucket``) and others, as in
            ``{"num_rounds": 2, "correlation": "feature"}``. (default: its own, three rounds over entities)
        fusion: How similarity joins modalities, see :class:`~pygmmrec.nn.Fuse`. (default: ``concat``, eq. 13)
        k: Neighbours of each item. (default: ``15``, table 3: 15, 15, 10, 10)
        include_self: Whether an item is its own neighbour. (default: ``True``)
        edge_temperature: Sharpens the weights of the item graph by a softmax over an item's neighbours.
            (default: ``None``, their clamped cosines, eq. 14)
        search: How neighbours are found, ``exact`` or ``approximate``, see
            :class:`~pygmmrec.transforms.ItemKNNGraph`. (default: ``exact``)
        refresh_every: Steps after which an epoch's item graph is built again, ``1`` for every step; or
            ``"epoch"``, once per epoch. (default: ``"epoch"``)
        profile_aggr: How a profile gathers its items' features. (default: ``sum``, eq. 5)
        semantic_aggr: How :math:`h_u` gathers its items' :math:`h_i`, in one of the same ways. (default:
            ``sym``)
        semantic_start: What items start the semantic view with: ``collaborative``, :math:`e_i` (eq. 15), or
            ``free``, their embedding before any layer. (default: ``collaborative``)
        layer_weight: Whether collaborative layers have a trainable matrix, eq. 3. (default: ``False``)
        late_fusion: Whether the views are two branches that share nothing: items start the semantic one with
            embeddings of their own, each branch has a BPR loss of its own, there is no contrast, and the two
            scores are added. (default: ``False``)
        cl_weight: Weight of the contrastive terms. (default: ``0.8``, table 3: .8, .7, .7, .6)
        temperature: :math:`\tau`. (default: ``0.6``, table 3: .6, .5, .4, .5)
        reg_weight: Weight of the L2 term on the batch's embeddings. (default: ``1e-3``, table 3)
        reduction: Whether BPR and L2 are summed over the batch, as eq. 18 and the weights above expect, or
            averaged; the contrast is always a mean. (default: ``sum``)

    Differences: the paper leaves open how views are fused and users gathered (:math:`e + h`,
        :math:`D_u^{-1/2} R D_i^{-1/2} h_i`), when the item graph is rebuilt, and how features are scaled.
        ``semantic_start="free"`` departs from its eq. 15: the item graph then spreads what is an item's own,
        and not what collaborative layers made of it. The repository published with it holds another model.
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
        rca: RCAOptions | None = None,
        fusion: Literal["concat", "sum", "average"] = "concat",
        k: int = 15,
        include_self: bool = True,
        edge_temperature: float | None = None,
        search: Search = "exact",
        refresh_every: int | Literal["epoch"] = "epoch",
        profile_aggr: ProfileAggr = "sum",
        semantic_aggr: ProfileAggr = "sym",
        semantic_start: Literal["collaborative", "free"] = "collaborative",
        layer_weight: bool = False,
        late_fusion: bool = False,
        cl_weight: float = 0.8,
        temperature: float = 0.6,
        reg_weight: float = 1e-3,
        reduction: Literal["mean", "sum"] = "sum",
    ) -> None:
        super().__init__(num_users, num_items)
        check(reduction in REDUCTIONS, "reduction", f"one of {REDUCTIONS}", self, reduction)
        steps = refresh_every == "epoch" or (isinstance(refresh_every, int) and refresh_every >= 1)
        check(steps, "refresh_every", "'epoch' or at least 1 step", self, refresh_every)
        check(semantic_start in STARTS, "semantic_start", f"one of {STARTS}", self, semantic_start)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.rca = rca_options(rca)
        self.fusion = fusion
        self.k = k
        self.include_self = include_self
        self.edge_temperature = edge_temperature
        self.search: Search = search
        self.refresh_every = refresh_every
        self.profile_aggr = profile_aggr
        self.semantic_aggr = semantic_aggr
        self.semantic_start = semantic_start
        self.layer_weight = layer_weight
        self.late_fusion = late_fusion
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.reduction = reduction

        dim = embedding_dim
        self.user_embedding = NodeTable("user", num_users, dim)
        self.item_embedding = NodeTable("item", num_items, dim)
        self.semantic_embedding = NodeTable("item", num_items, dim) if late_fusion else None
        self.collaborative = LightGCNPropagation(num_ui_layers, channels=dim if layer_weight else None)
        self.item_graph = None  # where nothing would travel on it
        if num_ii_layers > 0:
            self.item_graph = RefinedItemGraph(
                modality_dims,
                dim,
                k=k,
                include_self=include_self,
                profile_aggr=profile_aggr,
                fusion=fusion,
                rca=self.rca,
                edge_temperature=edge_temperature,
                search=search,
            )
        self.semantic_item = ItemGraphConv(num_ii_layers)
        self.semantic_user = UserProfile(semantic_aggr, channels=dim)
        self.reset_parameters()

    @classmethod
    def pre_transform(cls, features: Literal["centred", "unit", "raw"] = "centred") -> BaseTransform:
        """The user-item graph, the edges of profiles, and features of one scale.

        Args:
            features: What becomes of raw features, of which the paper says nothing: ``centred`` takes off
                their mean and scales each item's to length one, modality by modality; ``unit`` only scales;
                ``raw`` leaves them. Lengths of 1,500 beside 1 are real, and features that share a large mean
                are all alike to a cosine. (default: ``centred``)
        """
        check(
            features in FEATURES, "features", f"one of {FEATURES}", f"{cls.__name__}.pre_transform", features
        )
        scaled = [] if features == "raw" else [ScaleFeatures(features)]
        return Prepare(cls.__name__, [*scaled, BipartiteNorm(), ProfileEdges(), ToAdj()])

    @staticmethod
    def epoch_transform(p: float | None = 0.1, mode: DropMode = "bernoulli") -> BaseTransform:
        """Thin out the collaborative graph; see :class:`~pygmmrec.transforms.AdaptiveDropEdge`."""
        return Compose([AdaptiveDropEdge(p, mode=mode), BipartiteNorm(), ToAdj()])

    def reset_parameters(self) -> None:
        for embedding in (self.user_embedding, self.item_embedding, self.semantic_embedding):
            if embedding is not None:
                nn.init.xavier_uniform_(embedding.weight)  # section 4.3.2
        for layer in (self.collaborative, self.item_graph, self.semantic_user):
            if layer is not None:
                layer.reset_parameters()

    def refine(self, data: HeteroData) -> Adj:
        """The item graph of the present weights, with gradient: [I, I] with I · k entries."""
        if self.item_graph is None:
            raise ValueError(f"'num_ii_layers' needs to be at least 1 for an item graph in {self}")
        x = modalities(data, self.modality_dims, self)
        graph: Adj = self.item_graph(x, self.adj(data, PROFILES), availability(data))
        return graph

    def refresh(self, data: HeteroData) -> None:
        if self.item_graph is not None:
            graph, store = self.refine(data), data[REFINED]
            store.matrix, store.edge_index, store.num_steps = graph, graph.edge_index, 0

    def views(self, data: HeteroData) -> tuple[Embeddings, Embeddings]:
        """The collaborative view e and the semantic view h, each [U, D] and [I, D]."""
        user, item = self.user_embedding.weight, self.item_embedding.weight
        e = self.collaborative(user, item, self.adj(data, INTERACTS))
        h_item = e.item if self.semantic_start == "collaborative" else item
        if self.semantic_embedding is not None:
            h_item = self.semantic_embedding.weight
        if self.item_graph is not None:
            h_item = self.semantic_item(h_item, self._epoch_graph(data))
        return e, Embeddings(self.semantic_user(h_item, self.adj(data, PROFILES)), h_item)

    def _epoch_graph(self, data: HeteroData) -> Adj:
        if REFINED not in data.edge_types:
            return self.refine(data)
        is_step = torch.is_grad_enabled()
        if is_step and data[REFINED].num_steps == self.refresh_every:
            self.refresh(data)
        graph = self.adj(data, REFINED)
        if is_step:  # the gradient belongs to the first step on a new graph
            data[REFINED].matrix, data[REFINED].num_steps = graph.detach(), data[REFINED].num_steps + 1
        return graph

    def forward(self, data: HeteroData) -> Embeddings:
        (e_user, e_item), (h_user, h_item) = self.views(data)
        if self.late_fusion:  # products of these rows are sums of the branches' scores
            return Embeddings(torch.cat([e_user, h_user], dim=-1), torch.cat([e_item, h_item], dim=-1))
        return Embeddings(e_user + h_user, e_item + h_item)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        e, h = self.views(data)
        ego = list(triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch))
        if self.semantic_embedding is not None:
            ego += rows(self.semantic_embedding.weight, torch.cat([batch.pos, batch.neg])).chunk(2)
        terms = {}
        if self.late_fusion:
            terms["bpr"], terms["bpr_semantic"] = self._bpr(e, batch), self._bpr(h, batch)
        else:
            terms["bpr"] = self._bpr(Embeddings(e.user + h.user, e.item + h.item), batch)
        if self.cl_weight != 0 and not self.late_fusion:
            nce = partial(node_info_nce_loss, temperature=self.temperature)
            terms["cl_user"] = self.cl_weight * nce(e.user, h.user, batch.user)
            terms["cl_item"] = self.cl_weight * nce(e.item, h.item, batch.pos)
        terms["l2"] = self.reg_weight * l2_loss(*ego, reduction=self.reduction)
        return terms

    def _bpr(self, out: Embeddings, batch: Triplets) -> Tensor:
        return bpr_loss(*triplet_scores(out.user, out.item, batch), reduction=self.reduction)
