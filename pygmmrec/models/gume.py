"""The graph and the interests of users, enhanced where items or behaviour are few."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import rows, triplet_rows
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.losses import bpr_loss, info_nce_loss, l2_loss, moment_loss
from pygmmrec.losses.info_nce import node_info_nce_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import (
    CommonPrivate,
    ExtendedPropagation,
    ItemGraphConv,
    NodeTable,
    Purify,
    Reduce,
    SignNoise,
)
from pygmmrec.transforms import ExtendedGraph, ItemKNNGraph, Prepare, ToAdj
from pygmmrec.transforms.extended_graph import EXTENDED
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings, Modalities, Triplets, item_edge_type


class GUME(Recommender):
    r"""GUME (`arXiv 2407.12338 <https://arxiv.org/abs/2407.12338>`_): items of the long tail have few edges;
    edges of modalities extend the graph, and users' interests are learned beyond their clicks.

    1. **Graphs** (:meth:`pre_transform`): the user-item graph with edges to items from those that are
       among their nearest in every modality (:class:`~pygmmrec.transforms.ExtendedGraph`), and the cosine
       graph :math:`S_m` of each modality.
    2. **Explicit interests**: features purify embeddings as in MGCN, :math:`b_m = S_m^n (E_i \odot
       \sigma(W_m' f_m))` with :math:`f_m = W_m x_m`; users gather them, :math:`x_m = [R b_m; b_m]`.
    3. **Extended graph**: :math:`D = P(E_u, E_i)` of :class:`~pygmmrec.nn.ExtendedPropagation`, and extended
       interests :math:`T = \frac{1}{M} \sum_m P(Q_m, b_m)` with free :math:`Q_m` of users.
    4. **Fusion**: :class:`~pygmmrec.nn.CommonPrivate` joins :math:`x_m` to N, as D wants them.
    5. **Ranking**: :math:`e = D + N`, :math:`s_{ui} = e_u^\top e_i`.
    6. **Loss**: BPR, L2 of e and of the positives' T; :func:`~pygmmrec.losses.moment_loss` of :math:`x_m`;
       InfoNCE of N and D, users and positives; and of the users' T and N, of two noisy N and of two noisy T.

    An item that lacks a modality has no edge in its graph, so that its view there is zero, and is left out of
    the moments of that modality.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_ui_layers: Layers on the extended graph. (default: ``3``)
        num_ii_layers: Layers n on the item graphs; the authors' are 2 for Amazon Baby. (default: ``1``)
        reg_weight: Weight of the L2 of e. (default: ``1e-5``)
        interest_weight: Weight of the L2 of T. (default: ``0.1``)
        align_weight: Weight of the moments; the authors' are .1 to .001. (default: ``0.01``)
        bm_weight: Weight of the InfoNCE of N and D. (default: ``0.01``)
        bm_temperature: Its :math:`\tau`; the authors' are .4 and .2. (default: ``0.2``)
        um_weight: Weight of the other three; the authors' are .01 and .1. (default: ``0.01``)
        um_temperature: Their :math:`\tau`; the authors' are .1 and .2. (default: ``0.1``)
        eps: Length of the noise. (default: ``0.1``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or a graph.

    Differences: the authors' code intersects lists of ten whatever k is, so that other lists are cut in the
        wrong places; here k is free. It trains the raw features too, as a graph whose features ask for a
        gradient does here.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_ui_layers: int = 3,
        num_ii_layers: int = 1,
        reg_weight: float = 1e-5,
        interest_weight: float = 0.1,
        align_weight: float = 0.01,
        bm_weight: float = 0.01,
        bm_temperature: float = 0.2,
        um_weight: float = 0.01,
        um_temperature: float = 0.1,
        eps: float = 0.1,
    ) -> None:
        super().__init__(num_users, num_items)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.reg_weight = reg_weight
        self.interest_weight = interest_weight
        self.align_weight = align_weight
        self.bm_weight = bm_weight
        self.bm_temperature = bm_temperature
        self.um_weight = um_weight
        self.um_temperature = um_temperature
        self.eps = eps
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        free = {name: nn.Parameter(torch.empty(num_users, embedding_dim)) for name in modality_dims}
        self.interest = nn.ParameterDict(free)
        self.project = Reduce(modality_dims, embedding_dim, bias=True)
        self.purify = Purify(dict.fromkeys(modality_dims, embedding_dim), embedding_dim)
        self.spread = ItemGraphConv(num_ii_layers)
        self.propagation = ExtendedPropagation(num_ui_layers)
        self.fuse = CommonPrivate(list(modality_dims), embedding_dim)
        self.noise = SignNoise(eps)
        self.reset_parameters()

    @classmethod
    def pre_transform(cls, k: int = 10, search: Search = "exact") -> BaseTransform:
        """The cosine graph of each item's k nearest in each modality, and the user-item graph with their
        intersection."""
        graph = ItemKNNGraph(k, weighted=True, search=search)
        return Prepare(cls.__name__, [graph, ExtendedGraph(), ToAdj()])

    def reset_parameters(self) -> None:
        for weight in (self.user_embedding.weight, self.item_embedding.weight, *self.interest.values()):
            nn.init.xavier_uniform_(weight)
        for module in (self.project, self.purify, self.fuse):
            module.reset_parameters()

    def node_tables(self) -> dict[str, NodeType]:
        return {**super().node_tables(), **{f"interest.{name}": "user" for name in self.modality_dims}}

    def views(self, data: HeteroData) -> tuple[Modalities, Modalities, Embeddings, Embeddings, Embeddings]:
        """Explicit interests of users and of items by modality, and D, T and N of all nodes."""
        user, item = self.user_embedding.weight, self.item_embedding.weight
        x = self.project(modalities(data, self.modality_dims, self))  # [I, F_m] -> [I, D]
        items = {
            name: self.spread(z, self.adj(data, item_edge_type(f"{name}_knn")))
            for name, z in self.purify(x, item).items()
        }
        users = {name: spmm(self.adj(data, REV_INTERACTS), z) for name, z in items.items()}  # [U, D]
        free = torch.stack([self.interest[name] for name in items]).mean(dim=0)  # [M, U, D] -> [U, D]
        both_user = torch.cat([user, free], dim=1)  # one pass for D and T, which is linear
        both_item = torch.cat([item, torch.stack(list(items.values())).mean(dim=0)], dim=1)  # [I, 2 D]
        graphs = self.adj(data, INTERACTS), self.adj(data, EXTENDED)
        sides = [side.chunk(2, dim=1) for side in self.propagation(both_user, both_item, *graphs)]
        extended, interest = (Embeddings(*pair) for pair in zip(*sides, strict=True))
        joined = Embeddings(self.fuse(users, extended.user), self.fuse(items, extended.item))
        return users, items, extended, interest, joined

    def forward(self, data: HeteroData) -> Embeddings:
        _, _, extended, _, joined = self.views(data)
        return Embeddings(extended.user + joined.user, extended.item + joined.item)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        users, items, extended, interest, joined = self.views(data)
        out = Embeddings(extended.user + joined.user, extended.item + joined.item)
        user, pos, neg = triplet_rows(out.user, out.item, batch)  # [B, D] each
        terms = {"bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1))}
        terms["l2"] = self.reg_weight * l2_loss(user, pos, neg)
        terms["l2_interest"] = self.interest_weight * l2_loss(rows(interest.item, batch.pos))
        available = availability(data)
        having = {name: z[available[name]] if name in available else z for name, z in items.items()}
        terms["alignment"] = self.align_weight * moment_loss(
            [torch.cat([users[name], z]) for name, z in having.items()]
        )
        nce = partial(node_info_nce_loss, temperature=self.bm_temperature, distinct=False)
        of_users = nce(joined.user, extended.user, batch.user)
        terms["cl_modality"] = self.bm_weight * (of_users + nce(joined.item, extended.item, batch.pos))
        n_user, t_user = rows(joined.user, batch.user), rows(interest.user, batch.user)  # [B, D]
        pairs = [(t_user, n_user), *((self.noise(x), self.noise(x)) for x in (n_user, t_user))]
        losses = [info_nce_loss(x, y, temperature=self.um_temperature) for x, y in pairs]
        terms["cl_interest"] = self.um_weight * torch.stack(losses).sum()
        return terms
