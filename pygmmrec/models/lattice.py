"""An item graph that is learned from features while it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import triplet_rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import (
    ItemGraphConv,
    LightGCNPropagation,
    MultimodalItemGraph,
    NodeTable,
    SelfLoopPropagation,
)
from pygmmrec.transforms import BipartiteNorm, ItemKNNGraph, Prepare, ToAdj
from pygmmrec.typing import INTERACTS, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")
LATENT = item_edge_type("latent")
"""The item graph of the epoch."""


class LATTICE(Recommender):
    r"""`LATTICE <https://arxiv.org/abs/2104.09036>`_: latent structures among items, mined from each
    modality, fused, and put ahead of collaborative filtering.

    1. **Item graph**: :class:`~pygmmrec.nn.MultimodalItemGraph`, of frozen cosine graphs of the raw features
       (:meth:`pre_transform`) and learned ones; :math:`h = A^{L_{ii}} E_i`.
    2. **Collaborative view**: :math:`e = \mathrm{LightGCN}(E_u, E_i)`.
    3. **Ranking**: :math:`s_{ui} = e_u^\top (e_i + h_i / \Vert h_i \Vert)`.
    4. **Loss**: BPR and L2.

    :meth:`refresh` builds an epoch's item graph, whose gradient belongs to the first step on it; where
    nothing was refreshed, as at evaluation, it comes from the present weights. An item that lacks a modality
    has no edge in its graphs.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D, also of the space in which neighbours are sought. (default: ``64``)
        num_ui_layers: Layers on the user-item graph. (default: ``2``)
        num_ii_layers: Layers on the item graph. (default: ``1``)
        k: Neighbours of each item in the learned graphs. (default: ``10``)
        skip: :math:`\lambda`, the share of the raw features' graphs. (default: ``0.9``)
        search: How neighbours are found, ``exact`` or ``approximate``, see
            :class:`~pygmmrec.transforms.ItemKNNGraph`. (default: ``exact``)
        reg_weight: Weight of the L2 term. (default: ``1e-5``, released)
        variant: ``paper``, or ``released`` for the published code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or its frozen graph.

    Differences: the released code normalises learned graphs after they are fused and not before, has
        :class:`~pygmmrec.nn.SelfLoopPropagation` for LightGCN, takes the L2 term of what is scored and not of
        the free embeddings, and trains the raw features as well.
        Both offer other collaborative filters (MF, NGCF), which are not here.
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
        k: int = 10,
        skip: float = 0.9,
        search: Search = "exact",
        reg_weight: float = 1e-5,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.k = k
        self.skip = skip
        self.search: Search = search
        self.reg_weight = reg_weight
        self.variant = variant
        paper = variant == "paper"
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.item_graph = MultimodalItemGraph(
            modality_dims, embedding_dim, k=k, skip=skip, normalize_first=paper, search=search
        )
        self.spread = ItemGraphConv(num_ii_layers)
        self.collaborative = (LightGCNPropagation if paper else SelfLoopPropagation)(num_ui_layers)
        self.reset_parameters()

    @classmethod
    def pre_transform(cls, k: int = 10, search: Search = "exact") -> BaseTransform:
        """The user-item graph, and the cosine graph of each item's k nearest in each modality."""
        graph = ItemKNNGraph(k, weighted=True, search=search)
        return Prepare(cls.__name__, [BipartiteNorm(), graph, ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        self.item_graph.reset_parameters()

    def mine(self, data: HeteroData) -> Adj:
        """The item graph of the present weights, with gradient: [I, I] with 2 M · I · k entries at most."""
        x = modalities(data, self.modality_dims, self)
        original = {name: self.adj(data, item_edge_type(f"{name}_knn")) for name in self.modality_dims}
        graph: Adj = self.item_graph(x, original, availability(data))
        return graph

    def refresh(self, data: HeteroData) -> None:
        graph, store = self.mine(data), data[LATENT]
        store.matrix, store.edge_index = graph, graph.edge_index

    def _epoch_graph(self, data: HeteroData) -> Adj:
        if LATENT not in data.edge_types:
            return self.mine(data)
        graph = self.adj(data, LATENT)
        if torch.is_grad_enabled():
            data[LATENT].matrix = graph.detach()
        return graph

    def forward(self, data: HeteroData) -> Embeddings:
        user, item = self.user_embedding.weight, self.item_embedding.weight
        h = self.spread(item, self._epoch_graph(data))
        e = self.collaborative(user, item, self.adj(data, INTERACTS))
        return Embeddings(e.user, e.item + unit_rows(h))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out = self(data)
        user, pos, neg = triplet_rows(out.user, out.item, batch)
        terms = {"bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1))}
        if self.variant == "paper":
            user, pos, neg = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        return {**terms, "l2": self.reg_weight * l2_loss(user, pos, neg)}
