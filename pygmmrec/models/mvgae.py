"""Normal distributions of users and items in each modality, multiplied."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.rows.rows import rows, triplet_rows
from pygmmrec.losses import bpr_loss, kl_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import NodeTable, ProductOfExperts, VariationalEncoder
from pygmmrec.transforms import BipartiteNorm, Prepare, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")

MOST = 10.0
"""The largest logarithm of a variance that noise is drawn with."""


class Belief(NamedTuple):
    """Means and logarithms of variances of users and items, and which items it knows, bool [I]."""

    mean: Embeddings
    log_var: Embeddings
    known: Tensor | None


class MVGAE(Recommender):
    r"""MVGAE (`IEEE TMM 2021 <https://doi.org/10.1109/TMM.2021.3111487>`_): how sure a modality is of a node
    decides how much it says about it.

    1. **Experts**: a :class:`~pygmmrec.nn.VariationalEncoder` for each modality and one for ids; users start
       with free preferences :math:`Q_v`, items with features, or with free embeddings for ids.
    2. **Product** (:class:`~pygmmrec.nn.ProductOfExperts`): :math:`\mu` and :math:`\sigma` of each node.
    3. **Ranking**: :math:`s_{ui} = \sigma(\mu_u)^\top \sigma(\mu_i)`.
    4. **Loss**, of the product and of each expert: BPR of :math:`\sigma(z)` with
       :math:`z = \mu + s \, \epsilon \odot \sigma` in training, summed over the batch in logarithms of base
       two; and the divergence from the standard normal distribution, mean over all nodes.

    An item that lacks a modality is left out by its expert: in the product, in its divergence and in its BPR.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Size D of the distributions. (default: ``64``)
        hidden_dim: Size that experts start with. (default: ``128``, released)
        num_layers: Layers T before the last ones. (default: ``1``, released)
        p: Dropout of the experts. (default: ``0.1``, released)
        std: s. (default: ``0.1``, released)
        kl_weight: Weight of the divergence; the field searches .01, .1 and 1. (default: ``1.0``)
        variant: ``paper`` for the authors' loss, or ``released`` for that of the field's common code.
            (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality.

    Differences: the public codes never train :math:`Q_v` and the embeddings of ids; ``released`` freezes
        them. The field's common code has a sigmoid inside of that of BPR, and for each positive the best of
        all negatives of the batch: ``released``. It also takes rows of users for items, since it forgets
        their offset, so that any published number of it is of another model; no variant here does that. Both
        rank by the last training batch, with dropout; here a forward pass does.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        hidden_dim: int = 128,
        num_layers: int = 1,
        p: float = 0.1,
        std: float = 0.1,
        kl_weight: float = 1.0,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        some = len(modality_dims) > 0
        check(some, "modality_dims", "a mapping with at least one modality", self, modality_dims)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.hidden_dim = hidden_dim
        self.num_layers = num_layers
        self.p = p
        self.std = std
        self.kl_weight = kl_weight
        self.variant = variant
        free = variant == "paper"
        self.user_embedding = NodeTable("user", num_users, hidden_dim).requires_grad_(free)
        self.item_embedding = NodeTable("item", num_items, embedding_dim).requires_grad_(free)
        self.preference, self.experts = nn.ParameterDict(), nn.ModuleDict()
        options = {"hidden_channels": hidden_dim, "channels": embedding_dim, "num_layers": num_layers}
        for name, size in modality_dims.items():
            self.preference[name] = nn.Parameter(torch.empty(num_users, hidden_dim), free)
            self.experts[name] = VariationalEncoder(size, **options, p=p)
        self.own = VariationalEncoder(embedding_dim, **options, p=p)
        self.multiply = ProductOfExperts()
        self.reset_parameters()

    @classmethod
    def pre_transform(cls) -> BaseTransform:
        """The user-item graph, of which encoders take means."""
        return Prepare(cls.__name__, [BipartiteNorm("none"), ToAdj()])

    def reset_parameters(self) -> None:
        for weight in (self.user_embedding.weight, self.item_embedding.weight, *self.preference.values()):
            nn.init.xavier_normal_(weight)
        for expert in (self.own, *self.experts.values()):
            expert.reset_parameters()  # type: ignore[operator]

    def node_tables(self) -> dict[str, NodeType]:
        return {**super().node_tables(), **{f"preference.{name}": "user" for name in self.modality_dims}}

    def beliefs(self, data: HeteroData, *, sample: bool = False) -> list[Belief]:
        """That of each modality, of ids, and their product; with the dropout of training or without."""
        x, available = modalities(data, self.modality_dims, self), availability(data)
        graph = self.adj(data, REV_INTERACTS), self.adj(data, INTERACTS)
        found = []
        for name, expert in self.experts.items():
            known = available.get(name)
            mean, log_var = expert(self.preference[name], x[name], *graph, known, sample)
            found.append(Belief(mean, log_var, known))
        ids = self.user_embedding.weight, self.item_embedding.weight
        mean, log_var = self.own(*ids, *graph, sample=sample)
        found.append(Belief(mean, log_var, None))
        users, items = (
            self.multiply(
                [belief.mean[side] for belief in found],
                [belief.log_var[side] for belief in found],
                [belief.known if side == 1 else None for belief in found],
            )
            for side in (0, 1)
        )
        both = [Embeddings(user, item) for user, item in zip(users, items, strict=True)]
        return [*found, Belief(both[0], both[1], None)]

    def forward(self, data: HeteroData) -> Embeddings:
        return Embeddings(*(side.sigmoid() for side in self.beliefs(data)[-1].mean))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        found = self.beliefs(data, sample=self.training)
        divergences = [self.divergence(belief) for belief in found]
        rankings = [self.ranking(belief, batch) for belief in found]
        kl = self.kl_weight * torch.stack(divergences).sum()
        return {"reconstruction": torch.stack(rankings).sum(), "kl": kl}

    def divergence(self, belief: Belief) -> Tensor:
        """From the standard normal distribution, mean over users and the items that are known."""
        keep = slice(None) if belief.known is None else belief.known
        mean, log_var = (torch.cat([side.user, side.item[keep]]) for side in (belief.mean, belief.log_var))
        return kl_loss(log_var, mean)

    def ranking(self, belief: Belief, batch: Triplets) -> Tensor:
        """BPR of a sample, or of the means in evaluation, of the triplets whose items are known."""
        if belief.known is not None:
            both = belief.known[batch.pos] & belief.known[batch.neg]
            batch = Triplets(batch.user[both], batch.pos[both], batch.neg[both])
        sides = zip(belief.mean, belief.log_var, strict=True)
        y = Embeddings(*(self._draw(mean, log_var).sigmoid() for mean, log_var in sides))
        user, pos, neg = triplet_rows(y.user, y.item, batch)  # [B, D] each
        pos_score, neg_score = (user * pos).sum(dim=1), (user * neg).sum(dim=1)
        if self.variant == "released" and len(user) > 0:
            neg_score = (user @ rows(y.item, batch.neg.unique()).t()).amax(dim=1)  # [B, B'] -> [B]
            pos_score, neg_score = pos_score.sigmoid(), neg_score.sigmoid()
        return bpr_loss(pos_score, neg_score, reduction="sum") / math.log(2)

    def _draw(self, mean: Tensor, log_var: Tensor) -> Tensor:
        if not self.training:
            return mean
        return mean + self.std * torch.randn_like(mean) * (log_var.clamp(max=MOST) / 2).exp()
