"""Local graphs of ids and of modalities, and global hyperedges that join what they share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import combinations
from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.modalities import availability, having_all, modalities, zero_missing
from pygmmrec.kernels.rows.rows import triplet_rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import bpr_loss, full_nce_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import (
    HypergraphPropagation,
    LightGCNPropagation,
    NodeTable,
    ProfilePropagation,
    Reduce,
    SoftIncidence,
)
from pygmmrec.nn.conv.soft_incidence import Noise
from pygmmrec.transforms import BipartiteNorm, Prepare, ProfileEdges, ToAdj
from pygmmrec.typing import INTERACTS, PROFILES, REV_INTERACTS, Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class LGMRec(Recommender):
    r"""LGMRec (`arXiv 2312.16400 <https://arxiv.org/abs/2312.16400>`_): ids and modalities are learned apart
    on the user-item graph, and hyperedges add what users and items far from each other have in common.

    1. **Ids**: :math:`c = \mathrm{LightGCN}(E_u, E_i)`.
    2. **Modalities**: :math:`f_i = x_m W_m`, :math:`f_u` is the mean of a user's items, and
       :math:`g_m = \hat{A}^{L_m} [f_u; f_i]`.
    3. **Hyperedges**: :class:`~pygmmrec.nn.SoftIncidence` learns them from each modality, and
       :class:`~pygmmrec.nn.HypergraphPropagation` takes the items of :math:`c` through them, to :math:`q_m`.
    4. **Ranking**: :math:`e = c + \sum_m \mathrm{unit}(g_m) + \alpha \, \mathrm{unit}(\sum_m q_m)`,
       :math:`s_{ui} = e_u^\top e_i`.
    5. **Loss**: BPR, L2, and InfoNCE of a batch's :math:`q_m` in one modality with those of all nodes in
       another, a sum over the batch, users and items; the mean over pairs of modalities.

    An item that lacks a modality has zeros there, belongs to no hyperedge and is left out of its contrast.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_ui_layers: Layers that propagate ids. (default: ``2``)
        num_mm_layers: :math:`L_m`, layers that propagate modalities. (default: ``2``)
        num_hyper_layers: Layers on the hyperedges. (default: ``1``; best published: 1, 4 or 2)
        num_hyperedges: Hyperedges of each modality. (default: ``4``; best published: 4 or 64)
        p: Fraction of the incidence dropped in training. (default: ``0.5``; best published: .5, .6 or .8)
        alpha: :math:`\alpha`, the weight of what is global. (default: ``0.3``; best published: .3, .6 or .2)
        hyper_temperature: :math:`\tau` of the hyperedges. (default: ``0.2``)
        noise: When hyperedges are drawn with Gumbel noise: ``training``, ``always`` or ``never``; ``None`` is
            the variant's own. (default: ``None``)
        cl_weight: Weight of InfoNCE; 0 leaves it out. (default: ``1e-4``)
        temperature: :math:`\tau` of InfoNCE. (default: ``0.2``)
        reg_weight: Weight of the L2 term. (default: ``1e-6``)
        variant: ``paper``, or ``released`` for the published code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality.

    Differences: the released code draws noise in evaluation as well, so that its scores change from call to
        call, and its L2 term is the norm of the batch's :math:`e`, not squared; here it is the squared norm
        of the free embeddings.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_ui_layers: int = 2,
        num_mm_layers: int = 2,
        num_hyper_layers: int = 1,
        num_hyperedges: int = 4,
        p: float = 0.5,
        alpha: float = 0.3,
        hyper_temperature: float = 0.2,
        noise: Noise | None = None,
        cl_weight: float = 1e-4,
        temperature: float = 0.2,
        reg_weight: float = 1e-6,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_mm_layers = num_mm_layers
        self.num_hyper_layers = num_hyper_layers
        self.num_hyperedges = num_hyperedges
        self.p = p
        self.alpha = alpha
        self.hyper_temperature = hyper_temperature
        self.noise = noise
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.collaborative = LightGCNPropagation(num_ui_layers)
        self.project = Reduce(modality_dims, embedding_dim)
        self.spread = ProfilePropagation(num_mm_layers)
        drawn: Noise = noise or ("training" if variant == "paper" else "always")
        self.incidence = SoftIncidence(
            modality_dims, num_hyperedges, temperature=hyper_temperature, noise=drawn
        )
        self.hypergraph = HypergraphPropagation(num_hyper_layers, p=p)
        self.reset_parameters()

    @classmethod
    def pre_transform(cls) -> BaseTransform:
        """The user-item graph, normalised and as it is."""
        return Prepare(cls.__name__, [BipartiteNorm(), ProfileEdges(), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        self.project.reset_parameters()
        self.incidence.reset_parameters()

    def views(self, data: HeteroData) -> tuple[Embeddings, dict[str, Embeddings]]:
        """What is scored, and :math:`q_m` by modality, of all users and items."""
        to_user, to_item = self.adj(data, REV_INTERACTS), self.adj(data, INTERACTS)
        x = modalities(data, self.modality_dims, self)
        available, items = availability(data), self.adj(data, PROFILES)
        e = self.collaborative(self.user_embedding.weight, self.item_embedding.weight, to_item)
        q = {name: self.hypergraph(e.item, h) for name, h in self.incidence(x, items, available).items()}
        far = Embeddings(*(torch.stack(side).sum(dim=0) for side in zip(*q.values(), strict=True)))
        user, item = e.user + self.alpha * unit_rows(far.user), e.item + self.alpha * unit_rows(far.item)
        for name, f in zero_missing(self.project(x), available).items():
            g = self.spread(f, items, to_user, to_item, available.get(name))
            user, item = user + unit_rows(g.user), item + unit_rows(g.item)
        return Embeddings(user, item), q

    def forward(self, data: HeteroData) -> Embeddings:
        return self.views(data)[0]

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out, q = self.views(data)
        user, pos, neg = triplet_rows(out.user, out.item, batch)
        terms = {"bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1))}
        paper = self.variant == "paper"
        if paper:
            user, pos, neg = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        terms["l2"] = self.reg_weight * l2_loss(user, pos, neg, squared=paper)
        pairs = list(combinations(q, 2))
        if self.cl_weight != 0 and pairs:
            nce = partial(full_nce_loss, temperature=self.temperature, reduction="sum")
            users = [nce(q[a].user, q[b].user, batch.user) for a, b in pairs]
            available = availability(data)
            having = [having_all(available, *pair) for pair in pairs]
            items = [
                nce(q[a].item, q[b].item, batch.pos, among=has)
                for (a, b), has in zip(pairs, having, strict=True)
            ]
            terms["cl_user"] = self.cl_weight * torch.stack(users).mean()
            terms["cl_item"] = self.cl_weight * torch.stack(items).mean()
        return terms
