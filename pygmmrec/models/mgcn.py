"""Item graphs of features that behaviour has purified, beside what behaviour alone says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.modalities import modalities
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import distinct_nodes, triplet_rows
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.losses.info_nce import node_info_nce_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import LightGCNPropagation, MultiView, NodeTable, Reduce
from pygmmrec.transforms import BipartiteNorm, ItemKNNGraph, Prepare, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class MGCN(Recommender):
    r"""MGCN (`arXiv 2308.03588 <https://arxiv.org/abs/2308.03588>`_): features carry noise along item graphs
    unless behaviour purifies them first.

    1. **Features**: :math:`f_m(i) = W_m x_m(i) + b_m`.
    2. **Behaviour view**: :math:`e = \mathrm{LightGCN}(E_u, E_i)`.
    3. **Modality view**: :class:`~pygmmrec.nn.MultiView` gives :math:`s`: :math:`f_m` gates :math:`E_i`, the
       frozen item graph of each modality spreads it, users gather it, and the modalities are joined as
       :math:`e` wants them.
    4. **Ranking**: :math:`e^* = e + s`, :math:`s_{ui} = e_u^{*\top} e_i^*`.
    5. **Loss**: BPR, L2, and InfoNCE of a batch's :math:`s` with their :math:`e`, users and items.

    An item that lacks a modality has no edge in its graph, so that its view there is zero.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_ui_layers: Layers of the behaviour view. (default: ``2``)
        num_ii_layers: Layers on the item graphs. (default: ``1``)
        cl_weight: Weight of InfoNCE; 0 leaves it out. (default: ``0.01``; searched: .001, .01, .1)
        temperature: :math:`\tau` of InfoNCE. (default: ``0.2``)
        reg_weight: Weight of the L2 term. (default: ``1e-4``)
        variant: ``paper``, or ``released`` for the published code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or a frozen graph.

    Differences: the released code divides what is common by M + 1 as well, see
        :class:`~pygmmrec.nn.CommonPrivate`; its authors say that the published tables come from that. It
        takes the L2 term of :math:`e^*`, and not of the free embeddings, and a user or item that a batch
        repeats for its own negative. It trains the raw features too, as a graph whose features ask for a
        gradient does here.
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
        cl_weight: float = 0.01,
        temperature: float = 0.2,
        reg_weight: float = 1e-4,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.project = Reduce(modality_dims, embedding_dim, bias=True)
        self.behaviour = LightGCNPropagation(num_ui_layers)
        self.multi_view = MultiView(
            dict.fromkeys(modality_dims, embedding_dim),
            embedding_dim,
            num_layers=num_ii_layers,
            average="private" if variant == "paper" else "all",
        )
        self.reset_parameters()

    @classmethod
    def pre_transform(
        cls, k: int = 10, modality: list[str] | None = None, search: Search = "exact"
    ) -> BaseTransform:
        """The user-item graph, and the cosine graph of each item's k nearest in each modality."""
        graph = ItemKNNGraph(k, modality=modality, weighted=True, search=search)
        return Prepare(cls.__name__, [BipartiteNorm(), graph, ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        self.project.reset_parameters()
        self.multi_view.reset_parameters()

    def views(self, data: HeteroData, at: Embeddings | None = None) -> tuple[Embeddings, Embeddings]:
        """Views e and s of all users and items, or of those with these indices."""
        user, item = self.user_embedding.weight, self.item_embedding.weight
        e = self.behaviour(user, item, self.adj(data, INTERACTS), at=at)
        x = self.project(modalities(data, self.modality_dims, self))  # [I, F_m] -> [I, D]
        graphs = {name: self.adj(data, item_edge_type(f"{name}_knn")) for name in x}
        return e, self.multi_view(x, item, e, graphs, self.adj(data, REV_INTERACTS), at)

    def forward(self, data: HeteroData) -> Embeddings:
        e, s = self.views(data)
        return Embeddings(e.user + s.user, e.item + s.item)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        at, among = distinct_nodes(batch)
        e, s = self.views(data, at)
        user, pos, neg = triplet_rows(e.user + s.user, e.item + s.item, among)  # [B, D] each
        terms = {"bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1))}
        paper = self.variant == "paper"
        if paper:
            user, pos, neg = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        terms["l2"] = self.reg_weight * l2_loss(user, pos, neg)
        if self.cl_weight != 0:
            nce = partial(node_info_nce_loss, temperature=self.temperature, distinct=paper)
            terms["cl_user"] = self.cl_weight * nce(s.user, e.user, among.user)
            terms["cl_item"] = self.cl_weight * nce(s.item, e.item, among.pos)
        return terms
