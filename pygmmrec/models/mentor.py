"""Modalities that are aligned under the guidance of ids, and contrasted under noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import rows, triplet_scores
from pygmmrec.losses import bootstrap_loss, bpr_loss, full_nce_loss, moment_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import ItemGraphConv, ModalityEncoder, NodeTable
from pygmmrec.transforms import BipartiteNorm, FuseItemGraphs, ItemKNNGraph, Prepare, ToAdj
from pygmmrec.typing import INTERACTS, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.check import check, check_probability

FUSED = item_edge_type("fused")
VARIANTS = ("paper", "released")


class MENTOR(Recommender):
    r"""MENTOR (`arXiv 2402.19407 <https://arxiv.org/abs/2402.19407>`_): modalities are drawn towards each
    other and towards ids, and two noisy views of everything are contrasted.

    1. **Encoders**: :class:`~pygmmrec.nn.ModalityEncoder` makes :math:`z_m = \sum_{l=0}^{L} \hat{A}^l
       [\bar{P}_m; \bar{f}_m]` of each modality. One of ids, which reads free embeddings of items, guides, and
       two with noise in each layer are contrasted; no two share a weight.
    2. **Fusion**: :math:`F(z; w)` is :math:`\Vert_m w_{um} z_m(u)` for users, with free weights of each user;
       for items :math:`y + S^n y` of :math:`y = \Vert_m z_m(i)`, with S from :meth:`pre_transform`.
    3. **Ranking**: :math:`r = F(z; w)`, :math:`s_{ui} = r_u^\top r_i`.
    4. **Loss**: BPR; mean squares of the batch's :math:`P_m` and :math:`w`;
       :func:`~pygmmrec.losses.moment_loss` of r, of ids, repeated M times and fused with weights of one, and
       of each modality likewise; InfoNCE of the two noisy views over all users and over all items; and the
       cosine distance of :math:`W r` to r with masked elements.

    Neither form of the masked term reaches an embedding: in ``paper`` it trains W, which nothing else reads,
    and in ``released`` it is a number without gradient. ``mask_weight=0`` ranks the same and is cheaper.

    An item that lacks a modality starts with zeros there and has its neighbours' part. Weights of users are
    free for all modalities, as in DualGNN; they are kept as how far they are from :math:`1 / M`, so that a
    new user, whose row is zero, goes by all modalities alike.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D of a modality; scores are of size M D. (default: ``64``, released)
        hidden_dim: Size inside of the MLPs. (default: ``256``, released)
        num_ui_layers: L. (default: ``2``, released)
        num_ii_layers: Layers n on the item graph. (default: ``1``, released)
        reg_weight: Weight of the mean squares. (default: ``1e-3``, released)
        align_weight: Weight of the moments; the released code names .1 to .3. (default: ``0.1``, released)
        mask_weight: Weight of the masked term; the released code names 1 to 3. (default: ``1.5``, released)
        cl_weight: Weight of the InfoNCE; the released code searches 1e-4 and 1e-3. (default: ``1e-3``)
        temperature: Its :math:`\tau`; the released code searches .2, .4 and .6. (default: ``0.2``)
        p: Share of elements that is masked; the released code names .1 to .7. (default: ``0.5``, released)
        eps: Length of the noise. (default: ``0.1``, released)
        variant: ``paper``, or ``released`` for the authors' code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or a graph.

    Differences: the authors' code computes the masked term without gradient, has a logarithm of base two, and
        squares the weights of all users: ``released``. Its item graph weighs images .1 and texts .9; by
        default here all modalities weigh the same. It ranks by the embeddings of the last training batch, and
        has a user graph and weights that nothing reads, which are not here.
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
        align_weight: float = 0.1,
        mask_weight: float = 1.5,
        cl_weight: float = 1e-3,
        temperature: float = 0.2,
        p: float = 0.5,
        eps: float = 0.1,
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
        self.align_weight = align_weight
        self.mask_weight = mask_weight
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.p = check_probability(p, "p", self)
        self.eps = eps
        self.variant = variant
        encoder = partial(
            ModalityEncoder,
            num_users,
            channels=embedding_dim,
            hidden_channels=hidden_dim,
            num_layers=num_ui_layers,
        )
        self.encode = encoder(modality_dims)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.guide = encoder({"id": embedding_dim})
        self.noisy = nn.ModuleList(encoder(modality_dims, eps=eps) for _ in range(2))
        self.user_weight = nn.Parameter(torch.empty(num_users, len(modality_dims)))
        width = len(modality_dims) * embedding_dim
        self.predict = nn.Linear(width, width) if mask_weight > 0 else None
        self.spread = ItemGraphConv(num_ii_layers)
        self.reset_parameters()

    @classmethod
    def pre_transform(
        cls, k: int = 10, weights: Mapping[str, float] | None = None, search: Search = "exact"
    ) -> BaseTransform:
        """The user-item graph, and the fused graph of each item's k nearest in each modality (released: 10).
        For ``weights`` see :class:`~pygmmrec.transforms.FuseItemGraphs`."""
        graphs = [ItemKNNGraph(k, search=search), FuseItemGraphs(weights)]
        return Prepare(cls.__name__, [BipartiteNorm(), *graphs, ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_normal_(self.item_embedding.weight)
        share = nn.init.xavier_normal_(torch.empty_like(self.user_weight))
        self.user_weight.data = share.softmax(dim=-1) - 1 / len(self.modality_dims)  # w sums to one at first
        for encoder in (self.encode, self.guide, *self.noisy):
            encoder.reset_parameters()
        if self.predict is not None:
            self.predict.reset_parameters()

    def node_tables(self) -> dict[str, NodeType]:
        users = {name: "user" for name, _ in self.named_parameters() if ".preference." in name}
        return {**super().node_tables(), "user_weight": "user", **users}

    def weights(self) -> Tensor:
        """How far each user goes by each modality, w [U, M]."""
        return self.user_weight + 1 / len(self.modality_dims)

    def fuse(self, data: HeteroData, z: Embeddings, weight: Tensor | None = None) -> Embeddings:
        """All modalities of a node side by side, [N, M, D] to [N, M D], items with their neighbours."""
        user = z.user if weight is None else z.user * weight.unsqueeze(-1)
        item = z.item.flatten(1)  # [I, M, D] -> [I, M D]
        return Embeddings(user.flatten(1), item + self.spread(item, self.adj(data, FUSED)))

    def forward(self, data: HeteroData) -> Embeddings:
        x = modalities(data, self.modality_dims, self)
        z = self.encode(x, availability(data), self.adj(data, INTERACTS))
        return self.fuse(data, z, self.weights())

    def views(self, data: HeteroData) -> dict[str, Embeddings]:
        """By name, of all nodes [N, M D] each: what is ranked, ids, each modality, and two with noise."""
        x, available = modalities(data, self.modality_dims, self), availability(data)
        adj, num = self.adj(data, INTERACTS), len(self.modality_dims)
        z = self.encode(x, available, adj)
        out = {"fused": self.fuse(data, z, self.weights())}
        guide = self.guide({"id": self.item_embedding.weight}, {}, adj)
        out["guide"] = self.fuse(data, Embeddings(*(side.repeat(1, num, 1) for side in guide)))
        for m, name in enumerate(x):
            single = (side[:, m : m + 1].repeat(1, num, 1) for side in z)
            out[name] = self.fuse(data, Embeddings(*single))
        for n, encoder in enumerate(self.noisy):
            out[f"noisy_{n}"] = self.fuse(data, encoder(x, available, adj), self.weights())
        return out

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        views = self.views(data)
        first, second = views.pop("noisy_0"), views.pop("noisy_1")
        out, paper = views["fused"], self.variant == "paper"
        bpr = bpr_loss(*triplet_scores(out.user, out.item, batch))
        free = [rows(self.encode.preference[name], batch.user) for name in self.modality_dims]
        weight = rows(self.weights(), batch.user) if paper else self.weights()
        terms = {"bpr": bpr if paper else bpr / math.log(2)}
        terms["l2"] = self.reg_weight * torch.stack([x.square().mean() for x in (*free, weight)]).sum()
        terms["alignment"] = self.align_weight * moment_loss([torch.cat(view) for view in views.values()])
        contrast = [
            full_nce_loss(x, y, torch.arange(x.size(0), device=x.device), temperature=self.temperature)
            for x, y in zip(first, second, strict=True)
        ]
        terms["cl_graph"] = self.cl_weight * torch.stack(contrast).sum()
        if self.predict is not None:
            with torch.set_grad_enabled(paper and torch.is_grad_enabled()):
                masked = [
                    bootstrap_loss(self.predict(x.detach()), F.dropout(x.detach(), self.p, self.training))
                    for x in out
                ]
            terms["mask"] = self.mask_weight * torch.stack(masked).sum()
        return terms
