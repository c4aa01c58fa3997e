"""One graph network for each modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, modalities, zero_missing
from pygmmrec.kernels.rows.rows import rows, triplet_rows, triplet_scores
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import MMGCNPropagation, NodeTable, Reduce
from pygmmrec.transforms import BipartiteNorm, Prepare, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings, Modalities, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class MMGCN(Recommender):
    r"""MMGCN (`ACM MM 2019 <https://doi.org/10.1145/3343031.3351034>`_): users have preferences in each
    modality, and learn them from their items in that modality alone.

    1. **Features**: :math:`x_m(i)`, or :math:`W_m x_m(i) + b_m` where they are wide; users start with free
       preferences :math:`P_m`. Rows are scaled to length one.
    2. **Propagation** in each modality, :class:`~pygmmrec.nn.MMGCNPropagation`, L layers; embeddings
       :math:`E_u, E_i` that all modalities share keep every node itself.
    3. **Ranking**: the mean over modalities of the last layer, :math:`s_{ui} = e_u^\top e_i`.
    4. **Loss**: BPR and L2.

    An item that lacks a modality starts with zeros there.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: L, at least 1. (default: ``3``)
        combine: How neighbours and node are combined, ``concat`` or ``sum``. (default: ``concat``)
        latent_dim: Size that wide features are projected to. (default: ``256``, released)
        project: The modalities that are projected; ``None`` for those wider than ``latent_dim``. The released
            code projects images only. (default: ``None``)
        reg_weight: Weight of the L2 term; the field searches 0 to 0.1. (default: ``1e-3``)
        variant: ``paper``, or ``released`` for the published code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality.

    Differences: the released code never registers :math:`E_u, E_i, P_m` as parameters, so that they stay
        random; ``released`` freezes them. Its L2 term is of these, a constant without gradient: the mean
        square of the batch's embeddings and of all preferences in the first modality. Here it is of
        :math:`E_u, E_i, P_m` of the batch, in all modalities. Whatever its settings say, it has three layers
        and ``concat``, and it ranks by the embeddings of the last training batch; here a forward pass does.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_layers: int = 3,
        combine: Literal["concat", "sum"] = "concat",
        latent_dim: int = 256,
        project: Sequence[str] | None = None,
        reg_weight: float = 1e-3,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        some = len(modality_dims) > 0
        check(some, "modality_dims", "a mapping with at least one modality", self, modality_dims)
        check(num_layers >= 1, "num_layers", "at least 1", self, num_layers)
        known = project is None or set(project) <= set(modality_dims)
        check(known, "project", f"modalities among {list(modality_dims)}", self, project)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.combine = combine
        self.latent_dim = latent_dim
        self.project = project if project is None else list(project)
        self.reg_weight = reg_weight
        self.variant = variant

        wide = [m for m, size in modality_dims.items() if size > latent_dim] if project is None else project
        self.reduce = Reduce({m: modality_dims[m] for m in wide}, latent_dim, bias=True) if wide else None
        sizes = {name: latent_dim if name in wide else size for name, size in modality_dims.items()}
        free = variant == "paper"
        self.user_embedding = NodeTable("user", num_users, embedding_dim).requires_grad_(free)
        self.item_embedding = NodeTable("item", num_items, embedding_dim).requires_grad_(free)
        self.preference, self.networks = nn.ParameterDict(), nn.ModuleDict()
        for name, size in sizes.items():
            self.preference[name] = nn.Parameter(torch.empty(num_users, size), free)
            network = MMGCNPropagation(size, embedding_dim, num_layers=num_layers, combine=combine)
            self.networks[name] = network
        self.reset_parameters()

    @classmethod
    def pre_transform(cls) -> BaseTransform:
        """The user-item graph, whose rows are means."""
        return Prepare(cls.__name__, [BipartiteNorm("row"), ToAdj()])

    def reset_parameters(self) -> None:
        for weight in (self.user_embedding.weight, self.item_embedding.weight, *self.preference.values()):
            nn.init.xavier_normal_(weight)
        layers: list[Any] = [*self.networks.values(), *([self.reduce] if self.reduce else [])]
        for layer in layers:
            layer.reset_parameters()

    def node_tables(self) -> dict[str, NodeType]:
        return {**super().node_tables(), **{f"preference.{name}": "user" for name in self.modality_dims}}

    def start(self, data: HeteroData) -> Modalities:
        """Item features by modality, [I, C_m], as the first layer takes them."""
        x = modalities(data, self.modality_dims, self)
        x = {name: x[name] for name in self.modality_dims}
        if self.reduce is not None:
            x |= self.reduce(x)  # [I, F_m] -> [I, C_m]
        return {name: unit_rows(h) for name, h in zero_missing(x, availability(data)).items()}

    def forward(self, data: HeteroData) -> Embeddings:
        to_user, to_item = self.adj(data, REV_INTERACTS), self.adj(data, INTERACTS)
        identity = Embeddings(self.user_embedding.weight, self.item_embedding.weight)
        users, items = [], []
        for name, item in self.start(data).items():
            start = Embeddings(unit_rows(self.preference[name]), item)
            x = self.networks[name](start, identity, to_user, to_item)
            users.append(x.user)
            items.append(x.item)
        return Embeddings(torch.stack(users).mean(dim=0), torch.stack(items).mean(dim=0))  # M of [N, D]

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out = self(data)
        bpr = bpr_loss(*triplet_scores(out.user, out.item, batch))
        return {"bpr": bpr, "l2": self.reg_weight * self._l2(batch)}

    def _l2(self, batch: Triplets) -> Tensor:
        user, pos, neg = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        preferences: list[Tensor] = [self.preference[name] for name in self.modality_dims]
        if self.variant == "paper":
            return l2_loss(user, pos, neg, *(rows(preference, batch.user) for preference in preferences))
        mean_square = l2_loss(user, user, pos, neg) / self.embedding_dim  # of both pairs of a triplet
        return mean_square + preferences[0].square().mean()
