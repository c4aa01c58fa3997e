"""Graph networks of single modalities, whose users then learn from users like them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.rows.rows import rows, triplet_scores
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import LightGCNPropagation, ModalityMLP
from pygmmrec.transforms import BipartiteNorm, Prepare, ToAdj, UserGraph
from pygmmrec.typing import INTERACTS, USER_GRAPH, Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class DualGNN(Recommender):
    r"""DualGNN (`IEEE TMM 2021 <https://doi.org/10.1109/TMM.2021.3138298>`_): how much a user goes by each
    modality is the user's own, and users with items in common share what they prefer.

    1. **Features**: :math:`f_m(i) = W_m' \phi(W_m x_m(i) + b_m) + b_m'` with a leaky ReLU; users have free
       preferences :math:`P_m`. Rows are scaled to length one.
    2. **Modalities**: each is propagated by itself, :math:`z_m = \sum_{l=0}^{L} \hat{A}^l [P_m; f_m]`.
    3. **Fusion**: :math:`r_u = \sum_m w_{um} z_m(u)` with free weights of each user;
       :math:`r_i = \sum_m z_m(i)`.
    4. **Users** (:meth:`pre_transform`): :math:`e_u = r_u + \sum_{u'} a_{uu'} r_{u'}` over the k users with
       the most items in common, see :class:`~pygmmrec.transforms.UserGraph`.
    5. **Ranking**: :math:`s_{ui} = e_u^\top r_i`.
    6. **Loss**: BPR, and L2 of the preferences and weights of the batch's users.

    In a modality that an item lacks it starts with zeros.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        hidden_dim: Size between :math:`W_m` and :math:`W_m'`. (default: ``256``, released)
        num_layers: L. (default: ``2``, released)
        reg_weight: Weight of the L2 term; the field searches 0.1 to 1e-5. (default: ``1e-3``)
        variant: ``paper``, or ``released`` for the field's public code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or the user graph.

    Differences: the field's public code adds modalities up in place, so that for users the first one is the
        sum of all; it has weights of items as well, which nothing reads and only the L2 term trains; its
        logarithm is of base two, and its L2 term takes mean squares, of all weights: ``released``. It fills
        lists shorter than k with random repeats, drawn anew each epoch, where here they stay short.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        hidden_dim: int = 256,
        num_layers: int = 2,
        reg_weight: float = 1e-3,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.hidden_dim = hidden_dim
        self.num_layers = num_layers
        self.reg_weight = reg_weight
        self.variant = variant
        self.project = ModalityMLP(modality_dims, hidden_dim, embedding_dim)
        free = {name: nn.Parameter(torch.empty(num_users, embedding_dim)) for name in modality_dims}
        self.preference = nn.ParameterDict(free)
        self.user_weight = nn.Parameter(torch.empty(num_users, len(modality_dims)))
        unread = torch.empty(num_items, len(modality_dims))
        self.item_weight = nn.Parameter(unread) if variant == "released" else None
        self.propagation = LightGCNPropagation(num_layers)
        self.reset_parameters()

    @classmethod
    def pre_transform(cls, k: int = 40) -> BaseTransform:
        """The user-item graph, and the graph from each user's k nearest in items (paper: 40)."""
        return Prepare(cls.__name__, [BipartiteNorm(), UserGraph(k), ToAdj()])

    def reset_parameters(self) -> None:
        for weight in self.preference.values():
            nn.init.xavier_normal_(weight)
        for weight in (self.user_weight, self.item_weight):
            if weight is not None:  # they sum to one at first
                weight.data = nn.init.xavier_normal_(torch.empty_like(weight)).softmax(dim=-1)
        self.project.reset_parameters()

    def node_tables(self) -> dict[str, NodeType]:
        items = {} if self.item_weight is None else {"item_weight": "item"}
        users = {"user_weight": "user", **{f"preference.{name}": "user" for name in self.modality_dims}}
        return {**super().node_tables(), **users, **items}

    def forward(self, data: HeteroData) -> Embeddings:
        to_item, user_graph = self.adj(data, INTERACTS), self.adj(data, USER_GRAPH)
        users, items = [], []
        x = modalities(data, self.modality_dims, self)
        for name, feature in self.project(x, availability(data)).items():  # [I, F_m] -> [I, D]
            preference = unit_rows(self.preference[name])
            mean = self.propagation(preference, unit_rows(feature).to(preference.dtype), to_item)
            users.append(mean.user * (self.num_layers + 1))  # the sum of the layers
            items.append(mean.item * (self.num_layers + 1))
        if self.variant == "released":
            users[0] = torch.stack(users).sum(dim=0)
        user = torch.einsum("um,mud->ud", self.user_weight, torch.stack(users))
        return Embeddings(user + spmm(user_graph, user), torch.stack(items).sum(dim=0))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out = self(data)
        bpr = bpr_loss(*triplet_scores(out.user, out.item, batch))
        preferences = [rows(self.preference[name], batch.user) for name in self.modality_dims]  # [B, D] each
        if self.variant == "paper":
            l2 = l2_loss(*preferences, rows(self.user_weight, batch.user))
        else:
            bpr = bpr / math.log(2)
            weights = [weight for weight in (self.user_weight, self.item_weight) if weight is not None]
            l2 = torch.stack([x.square().mean() for x in (*preferences, *weights)]).sum()
        return {"bpr": bpr, "l2": self.reg_weight * l2}
