"""A user-item graph whose false positives lose their weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, modalities, zero_missing
from pygmmrec.kernels.rows.rows import rows, triplet_rows, triplet_scores
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import DotAttentionConv, EdgeConfidence, NeighbourhoodRouting, NodeTable, Reduce
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class GRCN(Recommender):
    r"""GRCN (`arXiv 2008.10294 <https://arxiv.org/abs/2008.10294>`_): the graph is refined by what the
    modalities think of each interaction, and ids are propagated on what is left.

    1. **Features**: :math:`f_m(i)`, the leaky ReLU of :math:`W_m x_m(i) + b_m`; users have free preferences
       :math:`P_m`. Rows are scaled to length one.
    2. **Preferences**: :class:`~pygmmrec.nn.NeighbourhoodRouting` moves them towards items that agree.
    3. **Content**: :class:`~pygmmrec.nn.DotAttentionConv` gives users and items :math:`x_m`, and each edge a
       score in each modality.
    4. **Graph**: :class:`~pygmmrec.nn.EdgeConfidence` makes one weight of an edge's scores, each way.
    5. **Ids**: free embeddings of length one, propagated on these weights; the sum of all layers.
    6. **Ranking**: :math:`e = [\mathrm{id} \Vert x_1 \Vert \dots \Vert x_M]`, :math:`s_{ui} = e_u^\top e_i`.
    7. **Loss**: BPR and L2.

    In a modality that an item lacks it starts with zeros, and users route past it.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Size D of the ids. (default: ``64``)
        content_dim: Size of features and preferences. (default: ``64``)
        num_rounds: Rounds of routing. (default: ``3``)
        num_layers: Layers that propagate ids. (default: ``2``)
        prune: Whether negative weights of edges are cut to zero. (default: ``True``, as in published tables)
        reg_weight: Weight of the L2 term; the field searches 0.1 to 1e-5. (default: ``1e-3``)
        variant: ``paper``, or ``released`` for the published code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality.

    Differences: the released code sends the routing's messages to items and reads them at users, so that no
        preference moves: ``released`` does not route. Its L2 term takes mean squares, and that of all
        preferences in the first modality besides those of the batch; here it is of the embeddings and
        preferences of the batch. Confidences start close to one here, and any sign in the released code.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        content_dim: int = 64,
        num_rounds: int = 3,
        num_layers: int = 2,
        prune: bool = True,
        reg_weight: float = 1e-3,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.content_dim = content_dim
        self.num_rounds = num_rounds
        self.num_layers = num_layers
        self.prune = prune
        self.reg_weight = reg_weight
        self.variant = variant
        self.project = Reduce(modality_dims, content_dim, bias=True)
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        free = {name: nn.Parameter(torch.empty(num_users, content_dim)) for name in modality_dims}
        self.preference = nn.ParameterDict(free)
        self.routing = NeighbourhoodRouting(num_rounds)
        self.attention = DotAttentionConv()
        self.user_confidence = EdgeConfidence(num_users, list(modality_dims), prune=prune)
        self.item_confidence = EdgeConfidence(num_items, list(modality_dims), prune=prune)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        for weight in (self.user_embedding.weight, self.item_embedding.weight, *self.preference.values()):
            nn.init.xavier_normal_(weight)
        for layer in (self.project, self.user_confidence, self.item_confidence):
            layer.reset_parameters()

    def node_tables(self) -> dict[str, NodeType]:
        confidence = {"user_confidence.weight": "user", "item_confidence.weight": "item"}
        preference = {f"preference.{name}": "user" for name in self.modality_dims}
        return {**super().node_tables(), **confidence, **preference}

    def forward(self, data: HeteroData) -> Embeddings:
        to_user, to_item = self.adj(data, REV_INTERACTS), self.adj(data, INTERACTS)
        available = availability(data)
        projected = self.project(modalities(data, self.modality_dims, self))
        features = {name: F.leaky_relu(h) for name, h in projected.items()}
        users, items, of_user, of_item = [], [], {}, {}
        for name, h in zero_missing(features, available).items():
            preference, feature = unit_rows(self.preference[name]), unit_rows(h)  # [U, C], [I, C]
            if self.variant == "paper":
                preference = self.routing(preference, feature, to_user, available.get(name))
            x = Embeddings(preference, feature)
            content, scores = self.attention(x, to_user, to_item, available.get(name))
            users.append(content.user)
            items.append(content.item)
            of_user[name], of_item[name] = scores  # [E] each
        to_user = to_user.with_value(self.item_confidence(of_user, to_user.col))
        to_item = to_item.with_value(self.user_confidence(of_item, to_item.col))
        user, item = unit_rows(self.user_embedding.weight), unit_rows(self.item_embedding.weight)
        sums = Embeddings(user, item)
        for _ in range(self.num_layers):
            user, item = spmm(to_user, item), spmm(to_item, user)
            sums = Embeddings(sums.user + user, sums.item + item)
        return Embeddings(torch.cat([sums.user, *users], dim=-1), torch.cat([sums.item, *items], dim=-1))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out = self(data)
        bpr = bpr_loss(*triplet_scores(out.user, out.item, batch))
        return {"bpr": bpr, "l2": self.reg_weight * self._l2(batch)}

    def _l2(self, batch: Triplets) -> Tensor:
        user, pos, neg = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        preferences: list[Tensor] = [self.preference[name] for name in self.modality_dims]
        some = [rows(preference, batch.user) for preference in preferences]  # M of [B, C]
        if self.variant == "paper":
            return l2_loss(user, pos, neg, *some)
        mean_square = l2_loss(user, user, pos, neg) / self.embedding_dim  # of both pairs of a triplet
        squares = [preference.square().mean() for preference in (*some, preferences[0])]
        return mean_square + torch.stack(squares).sum()
