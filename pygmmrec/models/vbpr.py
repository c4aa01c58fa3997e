"""Matrix factorisation that sees the items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.modalities import availability, modalities, modality_rows, zero_missing
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import Fuse, NodeTable, Reduce
from pygmmrec.transforms import BipartiteNorm, Prepare, ScaleFeatures, ToAdj
from pygmmrec.typing import Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class VBPR(Recommender):
    r"""`VBPR <https://arxiv.org/abs/1510.01784>`_: factors learned from behaviour, and factors that are a
    linear map of the features.

    .. math::
        s_{ui} = b_i + p_u^\top q_i + t_u^\top \sum_m W_m x_m(i) + \sum_m w_m^\top x_m(i)

    As one product: the user is :math:`[p_u \Vert t_u \Vert 1 \Vert 1]`, the item is
    :math:`[q_i \Vert \sum_m W_m x_m \Vert \sum_m w_m^\top x_m \Vert b_i]`.
    The sum over modalities is one linear map of the features side by side. A modality that an item lacks adds
    nothing, and a step projects the items of its batch only.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: D, the size of both kinds of factors. (default: ``64``)
        reg_weight: Weight of the L2 term on the batch's embeddings and on the maps; the field searches 2 to
            1e-5. (default: ``1e-3``)
        variant: ``paper``, or ``released`` for the field's public code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality.

    Differences: the paper has one modality, and an offset and a user bias that no ranking sees; they are left
        out. The released code of the field has no item bias and no :math:`w_m`, and a bias c in the map. Its
        L2 term is of :math:`[q_i \Vert W x + c]`, so that features are in it, and does not square the norms;
        the paper's form decays parameters, :math:`p_u, t_u, q_i, b_i, W_m, w_m`.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        reg_weight: float = 1e-3,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, 2 * embedding_dim)  # [p_u || t_u]
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        paper = variant == "paper"
        self.item_bias = NodeTable("item", num_items, 1) if paper else None
        self.bias = None if paper else nn.Parameter(torch.empty(embedding_dim))
        self.project = Reduce(modality_dims, embedding_dim + paper)  # the paper's last column is w_m
        self.fuse = Fuse("sum")
        self.reset_parameters()

    @classmethod
    def pre_transform(cls, unit_features: bool = False) -> BaseTransform:
        """Features as they are, or scaled to length one, which the paper does not do."""
        scaled = [ScaleFeatures("unit")] if unit_features else []
        return Prepare(cls.__name__, [*scaled, BipartiteNorm(), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        self.project.reset_parameters()
        if self.bias is not None:
            nn.init.zeros_(self.bias)
        if self.item_bias is not None:
            nn.init.zeros_(self.item_bias.weight)
            for lin in self.project.lins.values():
                nn.init.zeros_(cast(nn.Linear, lin).weight[-1])  # w_m is a bias as well

    def items(self, data: HeteroData, index: Tensor | None = None) -> Tensor:
        """What the scores see of all items [I, D'], or of some [B, D']."""
        free = [self.item_embedding.weight]
        if self.item_bias is not None:
            free.append(self.item_bias.weight)
        if index is None:
            x, available = modalities(data, self.modality_dims, self), availability(data)
        else:
            x, available = modality_rows(data, self.modality_dims, index, self)  # [I, F_m] -> [B, F_m]
            free = [rows(weight, index) for weight in free]
        seen: Tensor = self.fuse(zero_missing(self.project(x), available))  # by modality [B, F_m] -> [B, D]
        seen = seen if self.bias is None else seen + self.bias
        return torch.cat([free[0], seen, *free[1:]], dim=-1)  # [B, 2 D + 2], released: [B, 2 D]

    def _users(self, user: Tensor) -> Tensor:
        return user if self.item_bias is None else torch.cat([user, user.new_ones(user.size(0), 2)], dim=-1)

    def forward(self, data: HeteroData) -> Embeddings:
        return Embeddings(self._users(self.user_embedding.weight), self.items(data))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        user = rows(self.user_embedding.weight, batch.user)  # [B] -> [B, 2 D]
        pos, neg = self.items(data, torch.cat([batch.pos, batch.neg])).chunk(2)
        seen = self._users(user)
        terms = {"bpr": bpr_loss((seen * pos).sum(dim=-1), (seen * neg).sum(dim=-1))}
        if self.item_bias is None:
            decay = l2_loss(user, pos, neg, squared=False)
        else:
            free = (self.item_embedding, self.item_bias)
            decay = l2_loss(user, *(weight(index) for weight in free for index in (batch.pos, batch.neg)))
            maps = [weight.square().sum() / 2 for weight in self.project.parameters()]
            decay = decay + torch.stack(maps).sum()  # every triplet sees all of W and w
        return {**terms, "l2": self.reg_weight * decay}
