"""Bootstrapped views of users, items and modalities, and no negatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import check_features, modality_rows
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.losses import bootstrap_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import LightGCNPropagation, NodeTable, Reduce
from pygmmrec.typing import INTERACTS, Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class BM3(Recommender):
    r"""BM3 (`arXiv 2207.05969 <https://arxiv.org/abs/2207.05969>`_): users, items and modalities predict each
    other, without a negative and without an augmented graph.

    1. **Propagation**: :math:`e = \mathrm{LightGCN}(E_u, E_i)`, to which items add :math:`E_i` once more.
       Modalities are projected, :math:`h_m = W_m x_m + b_m`, and take no part in it.
    2. **Views**: the online view is :math:`f(\cdot)`, a linear predictor that all share; the target
       :math:`\tilde{\cdot}` has no gradient, and loses a fraction p of its entries.
    3. **Ranking**: :math:`s_{ui} = f(e_u)^\top f(e_i)`.
    4. **Loss**, with :math:`C(a, b) = 1 - \cos(a, b)` as in :func:`~pygmmrec.losses.bootstrap_loss`:

    .. math::
        C(f(e_u), \tilde{e}_i) + C(f(e_i), \tilde{e}_u)
        + w \sum_m \big( C(f(h_m), \tilde{e}_i) + C(f(h_m), \tilde{h}_m) \big) + \lambda \, L_2

    A modality's terms are means over the items of the batch that have it. Sampled negatives are ignored.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: Layers of LightGCN; the paper searches 1 and 2. (default: ``1``)
        p: Fraction of a target's entries that are dropped; the paper searches 0.3 and 0.5.
            (default: ``0.5``)
        cl_weight: w, the weight of the modalities. (default: ``2``, released)
        reg_weight: :math:`\lambda`; the paper searches 0.1 and 0.01. (default: ``0.1``)
        variant: ``paper``, or ``released`` for the published code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality.

    Differences: the L2 term of the paper's form is of :math:`e_u` and :math:`e_i` of the batch, as half their
        squares; that of the released code is of all users and items, does not square the norms and divides
        them by the number of items. The released code trains the raw features as well.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_layers: int = 1,
        p: float = 0.5,
        cl_weight: float = 2.0,
        reg_weight: float = 0.1,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        check(0 <= p < 1, "p", "at least 0 and below 1", self, p)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.p = p
        self.cl_weight = cl_weight
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.project = Reduce(modality_dims, embedding_dim, bias=True)
        self.predictor = nn.Linear(embedding_dim, embedding_dim)
        self.propagation = LightGCNPropagation(num_layers)
        self.dropout = nn.Dropout(p)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        for layer in (self.user_embedding, self.item_embedding, self.predictor):
            nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(self.predictor.bias)
        self.project.reset_parameters()

    def propagate(self, data: HeteroData) -> Embeddings:
        """What the predictor sees of all users and items, [U, D] and [I, D]."""
        user, item = self.user_embedding.weight, self.item_embedding.weight
        e = self.propagation(user, item, self.adj(data, INTERACTS))
        return Embeddings(e.user, e.item + item)

    def forward(self, data: HeteroData) -> Embeddings:
        check_features(data, self.modality_dims, self)
        e = self.propagate(data)
        return Embeddings(self.predictor(e.user), self.predictor(e.item))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        e = self.propagate(data)
        user, item = rows(e.user, batch.user), rows(e.item, batch.pos)  # [B, D]
        to_user, to_item = self._target(user), self._target(item)
        f = self.predictor
        terms = {"rec": bootstrap_loss(f(user), to_item) + bootstrap_loss(f(item), to_user)}
        if self.cl_weight != 0:
            x, available = modality_rows(data, self.modality_dims, batch.pos, self)
            losses = []
            for name, h in self.project(x).items():  # [B, F_m] -> [B, D]
                target = to_item
                if name in available:
                    having = available[name].nonzero().squeeze(1)
                    h, target = rows(h, having), rows(target, having)
                if h.size(0) > 0:
                    online = f(h)
                    losses += [bootstrap_loss(online, target), bootstrap_loss(online, self._target(h))]
            if losses:
                terms["modality"] = self.cl_weight * torch.stack(losses).sum()
        if self.variant == "paper":
            l2 = l2_loss(user, item)
        else:
            l2 = l2_loss(e.user, e.item, squared=False, reduction="sum") / self.num_items
        return {**terms, "l2": self.reg_weight * l2}

    def _target(self, x: Tensor) -> Tensor:
        target: Tensor = self.dropout(x.detach())
        return target
