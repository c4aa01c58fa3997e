"""Modalities denoised and fused by frequency, and weighed as behaviour wants them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import distinct_nodes, triplet_rows
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.losses.info_nce import node_info_nce_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import LightGCNPropagation, MultiView, NodeTable, PreferenceGates, Reduce, SpectralFilter
from pygmmrec.transforms import BipartiteNorm, FuseItemGraphs, ItemKNNGraph, Prepare, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings, Triplets, item_edge_type

FUSED = "fused"
"""The item graph of all modalities, and their view."""


class SMORE(Recommender):
    r"""SMORE (`arXiv 2412.14978 <https://arxiv.org/abs/2412.14978>`_): noise of a modality is easier told
    from its signal by frequency, and there modalities are fused by a product.

    1. **Features**: :math:`f_m = W_m x_m + b_m`; :class:`~pygmmrec.nn.SpectralFilter` filters them, and
       fuses them to :math:`c_f`.
    2. **Behaviour view**: :math:`e = \mathrm{LightGCN}(E_u, E_i)`.
    3. **Views** of each modality and of the fused one (:class:`~pygmmrec.nn.MultiView`): filtered features
       gate :math:`E_i`, a frozen item graph spreads it, users gather it. An edge of the fused graph
       weighs the most that it does in any modality. :class:`~pygmmrec.nn.PreferenceGates` join the views.
    4. **Ranking**: :math:`e^* = e + s`, :math:`s_{ui} = e_u^{*\top} e_i^*`.
    5. **Loss**: BPR, L2 of :math:`e^*`, and InfoNCE of a batch's s with their e, users and positives.

    An item that lacks a modality leaves it out of the product and has no edge in its graph, so that its view
    there is zero.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_ui_layers: Layers of the behaviour view; searched: 3 and 4. (default: ``4``, the authors' of
            Amazon Baby)
        num_ii_layers: Layers on the item graphs. (default: ``1``)
        cl_weight: Weight of InfoNCE; 0 leaves it out. (default: ``0.01``)
        temperature: :math:`\tau` of InfoNCE. (default: ``0.2``)
        reg_weight: Weight of the L2 term; searched: 1e-5 and 1e-4. (default: ``1e-4``)
        p: Share of the gates that training drops; searched: 0 and .1. (default: ``0.1``)

    Raises:
        ValueError: If an argument is out of range, a modality is called ``fused``, or the data lack a
            modality or a frozen graph.

    Differences: one form serves paper and code. The authors' code trains the raw features too, as a graph
        whose features ask for a gradient does here, and needs two modalities. With three, the product of
        their spectra has another scale than that of two.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_ui_layers: int = 4,
        num_ii_layers: int = 1,
        cl_weight: float = 0.01,
        temperature: float = 0.2,
        reg_weight: float = 1e-4,
        p: float = 0.1,
    ) -> None:
        super().__init__(num_users, num_items)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.p = p
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.project = Reduce(modality_dims, embedding_dim, bias=True)
        self.filter = SpectralFilter(list(modality_dims), embedding_dim, fused=FUSED)
        self.behaviour = LightGCNPropagation(num_ui_layers)
        self.multi_view = MultiView(
            dict.fromkeys([*modality_dims, FUSED], embedding_dim),
            embedding_dim,
            num_layers=num_ii_layers,
            fuse=PreferenceGates(list(modality_dims), embedding_dim, p=p, fused=FUSED),
        )
        self.reset_parameters()

    @classmethod
    def pre_transform(cls, k: int | Mapping[str, int] = 10, search: Search = "exact") -> BaseTransform:
        """The user-item graph, the cosine graph of each item's k nearest in each modality, and the largest
        weight of each of their edges.

        Args:
            k: Neighbours of each item, or modality to their number; the paper searches 10, 15, 20 and 40 for
                each. (default: ``10``)
            search: How neighbours are found, see :class:`~pygmmrec.transforms.ItemKNNGraph`. (default:
                ``exact``)
        """
        sizes = k.items() if isinstance(k, Mapping) else [(None, k)]
        knn = [ItemKNNGraph(size, modality=name, weighted=True, search=search) for name, size in sizes]
        return Prepare(cls.__name__, [BipartiteNorm(), *knn, FuseItemGraphs(name=FUSED, aggr="max"), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        self.project.reset_parameters()
        self.filter.reset_parameters()
        self.multi_view.reset_parameters()

    def views(self, data: HeteroData, at: Embeddings | None = None) -> tuple[Embeddings, Embeddings]:
        """Views e and s of all users and items, or of those with these indices."""
        user, item = self.user_embedding.weight, self.item_embedding.weight
        e = self.behaviour(user, item, self.adj(data, INTERACTS), at=at)
        x = self.project(modalities(data, self.modality_dims, self))  # [I, F_m] -> [I, D]
        x = self.filter(x, availability(data))
        graphs = {name: self.adj(data, item_edge_type(f"{name}_knn")) for name in self.modality_dims}
        graphs[FUSED] = self.adj(data, item_edge_type(FUSED))
        return e, self.multi_view(x, item, e, graphs, self.adj(data, REV_INTERACTS), at)

    def forward(self, data: HeteroData) -> Embeddings:
        e, s = self.views(data)
        return Embeddings(e.user + s.user, e.item + s.item)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        at, among = distinct_nodes(batch)
        e, s = self.views(data, at)
        user, pos, neg = triplet_rows(e.user + s.user, e.item + s.item, among)  # [B, D] each
        terms = {"bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1))}
        terms["l2"] = self.reg_weight * l2_loss(user, pos, neg)
        if self.cl_weight != 0:
            nce = partial(node_info_nce_loss, temperature=self.temperature, distinct=False)
            terms["cl_user"] = self.cl_weight * nce(s.user, e.user, among.user)
            terms["cl_item"] = self.cl_weight * nce(s.item, e.item, among.pos)
        return terms
