"""Relations between users, between items and between modalities, and what modalities share."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.modalities import availability, having_all, modalities, zero_missing
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import rows, triplet_scores
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import bpr_loss, info_nce_loss, orthogonality_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import (
    ItemGraphConv,
    LightGCNPropagation,
    MetaShare,
    NodeTable,
    Reduce,
    RelationAttention,
    UserProfile,
)
from pygmmrec.transforms import (
    BipartiteNorm,
    FuseItemGraphs,
    FuseUserGraphs,
    ItemCoGraph,
    ItemKNNGraph,
    Prepare,
    ProfileEdges,
    ToAdj,
    UserGraph,
    UserKNNGraph,
)
from pygmmrec.typing import INTERACTS, PROFILES, Embeddings, Modalities, Triplets, item_edge_type
from pygmmrec.utils.check import check

ALIKE_ITEMS = item_edge_type("alike")
"""Items alike in content or in users."""

ALIKE_USERS = ("user", "alike", "user")
"""Users alike in the content of their items or in the items themselves."""

VARIANTS = ("paper", "released")


class REARM(Recommender):
    r"""REARM (`arXiv 2508.13745 <https://arxiv.org/abs/2508.13745>`_): relations of many kinds refine
    modalities before they are propagated, and what they share is kept apart from what they do not.

    1. **Relations**, frozen (:meth:`pre_transform`): :math:`S_I` joins items alike in content or in users,
       and :math:`S_U` users likewise. :math:`Z = S_I^{n} [E_i \Vert W_1 x_1(i) \Vert \dots]`, and Y of users,
       who have the mean features of their items; whole rows are scaled to length one.
    2. **Modalities** of items attend to themselves and to each other:
       :class:`~pygmmrec.nn.RelationAttention`.
    3. **User-item graph**: :math:`g = \mathrm{LightGCN}` of modalities, :math:`c` of ids.
    4. **Shared**: :class:`~pygmmrec.nn.MetaShare` transforms c by g, for users and for items.
    5. **Ranking**: :math:`e = [\phi(g_1) + c \Vert \dots \Vert \phi(\mathrm{share}) + c]`,
       :math:`s_{ui} = e_u^\top e_i`.
    6. **Loss**: BPR; InfoNCE between the modalities of g, of the distinct users and items of the batch; and
       their orthogonality (:func:`~pygmmrec.losses.orthogonality_loss`). Decay is the optimiser's: AdamW.

    In a modality that an item lacks it starts with zeros, neither attends nor is attended to, and is left out
    of contrast and orthogonality.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: Layers on the user-item graph; paper: 4 or 5. (default: ``4``)
        num_ii_layers: Steps n on the graph of items. (default: ``1``)
        num_uu_layers: Steps on the graph of users. (default: ``1``)
        rank: Rank of what is shared; paper: 3 or 7. (default: ``3``)
        p_self: Dropout of attention within modalities. (default: ``0.4``, as on Baby)
        p_mutual: Dropout of attention between modalities. (default: ``0.6``, as on Baby)
        cl_weight: Weight of the contrast. (default: ``5e-6``, as on Baby)
        orth_weight: Weight of orthogonality. (default: ``5e-5``, as on Baby)
        temperature: Of the contrast. (default: ``0.6``, as on Baby)
        variant: ``paper``, or ``released`` for the authors' code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or a graph.

    Differences: the authors' code never trains the layer that compresses the content of step 4: ``released``
        freezes it. It fills lists of users and items in common that are shorter than k with random ones,
        where here they stay short. It draws negatives outside training, validation and test items, so that no
        test item is ever a negative; here they are only outside the training items. A dropout of one, as on
        Sports, would leave attention untrained and still use it in evaluation; here it has to be below one.
        Its raw features are trained, and users keep the mean features that they had before.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_layers: int = 4,
        num_ii_layers: int = 1,
        num_uu_layers: int = 1,
        rank: int = 3,
        p_self: float = 0.4,
        p_mutual: float = 0.6,
        cl_weight: float = 5e-6,
        orth_weight: float = 5e-5,
        temperature: float = 0.6,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.num_ii_layers = num_ii_layers
        self.num_uu_layers = num_uu_layers
        self.rank = rank
        self.p_self = p_self
        self.p_mutual = p_mutual
        self.cl_weight = cl_weight
        self.orth_weight = orth_weight
        self.temperature = temperature
        self.variant = variant
        names = list(modality_dims)
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.project = Reduce(modality_dims, embedding_dim, bias=True)
        self.user_project = Reduce(modality_dims, embedding_dim)
        self.user_bias = nn.ParameterDict({name: nn.Parameter(torch.empty(embedding_dim)) for name in names})
        self.profile = UserProfile("mean")
        self.among_items = ItemGraphConv(num_ii_layers)
        self.among_users = ItemGraphConv(num_uu_layers)
        self.relate = RelationAttention(names, embedding_dim, p_self=p_self, p_mutual=p_mutual)
        self.propagation = LightGCNPropagation(num_layers)
        self.user_share = MetaShare(len(names) * embedding_dim, embedding_dim, rank)
        self.item_share = MetaShare(len(names) * embedding_dim, embedding_dim, rank)
        for share in (self.user_share, self.item_share):
            share.compress.requires_grad_(variant == "paper")
        self.reset_parameters()

    @classmethod
    def pre_transform(
        cls,
        k: int = 10,
        user_k: int = 40,
        weights: Mapping[str, float] | None = None,
        user_weights: Mapping[str, float] | None = None,
        co_share: float = 0.2,
        user_co_share: float = 0.4,
        search: Search = "exact",
    ) -> BaseTransform:
        """The user-item graph, and those of items alike and of users alike.

        Args:
            k: Neighbours of an item, by each modality and by common users. (default: ``10``)
            user_k: Neighbours of a user, likewise. (default: ``40``, as on Baby)
            weights: Item graph, as in ``image_knn``, to its weight among the modalities. (default: ``None``,
                equal shares)
            user_weights: The same of users.
            co_share: Share of common users in the graph of items. (default: ``0.2``, as on Baby)
            user_co_share: Share of common items in the graph of users. (default: ``0.4``, as on Baby)
            search: How neighbours are found by content, see :class:`~pygmmrec.transforms.ItemKNNGraph`.
                (default: ``exact``)
        """
        of_items = {"content": (1 - co_share) / k, "co_interacts": co_share}
        of_users = {"content": (1 - user_co_share) / user_k, "co_interacts": user_co_share}
        alike = ItemKNNGraph(k, weighted=True, norm="none", search=search)
        items = [alike, FuseItemGraphs(weights, name="content")]
        users = [UserKNNGraph(user_k), FuseUserGraphs(user_weights, name="content")]
        items += [ItemCoGraph(k), FuseItemGraphs(of_items, name="alike")]
        users += [UserGraph(user_k), FuseUserGraphs(of_users, name="alike")]
        return Prepare(cls.__name__, [BipartiteNorm(), ProfileEdges(), *items, *users, ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        for module in (self.project, self.user_project, self.relate, self.user_share, self.item_share):
            module.reset_parameters()
        for bias in self.user_bias.values():
            nn.init.zeros_(bias)

    def user_features(self, data: HeteroData) -> Modalities:
        """Projected mean features of each user's items by modality, [U, D]."""
        x, available = modalities(data, self.modality_dims, self), availability(data)
        items = self.adj(data, PROFILES)
        having = {name: items.keep(mask[items.col]) for name, mask in available.items()}
        projected = self.user_project(x).items()  # [I, F_m] -> [I, D]
        return {name: self.profile(x_m, having.get(name, items)) + self.user_bias[name]
                for name, x_m in projected}  # fmt: skip

    def propagate(self, data: HeteroData) -> tuple[Embeddings, Embeddings]:
        """Modalities [U, M D], [I, M D] and ids [U, D], [I, D] after the user-item graph."""
        available, names = availability(data), list(self.modality_dims)
        features = zero_missing(self.project(modalities(data, self.modality_dims, self)), available)
        items = torch.cat([self.item_embedding.weight, *features.values()], dim=1)
        items = unit_rows(self.among_items(items, self.adj(data, ALIKE_ITEMS)))
        users = torch.cat([self.user_embedding.weight, *self.user_features(data).values()], dim=1)
        users = unit_rows(self.among_users(users, self.adj(data, ALIKE_USERS)))
        item, *z = items.split(self.embedding_dim, dim=1)  # [I, (M + 1) D] -> [I, D] each
        user, of_user = users[:, : self.embedding_dim], users[:, self.embedding_dim :]
        of_item = torch.cat(list(self.relate(dict(zip(names, z, strict=True)), available).values()), dim=1)
        graph = self.adj(data, INTERACTS)
        content = self.propagation(self.relate.activate(of_user), of_item, graph)
        return content, self.propagation(user, item, graph)

    def output(self, content: Embeddings, ids: Embeddings) -> Embeddings:
        """What the scores see: each modality and what they share, with ids, [U, (M + 1) D] and [I, ...]."""
        out, repeats = [], (1, len(self.modality_dims) + 1)
        for share, g, c in (
            (self.user_share, content.user, ids.user),
            (self.item_share, content.item, ids.item),
        ):
            parts = self.relate.activate(torch.cat([g, share(g, c)], dim=1))
            out.append(parts + c.repeat(repeats))
        return Embeddings(*out)

    def forward(self, data: HeteroData) -> Embeddings:
        return self.output(*self.propagate(data))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        content, ids = self.propagate(data)
        out = self.output(content, ids)
        terms = {"bpr": bpr_loss(*triplet_scores(out.user, out.item, batch))}
        parts = (x.split(self.embedding_dim, dim=1) for x in content)
        users, items = (dict(zip(self.modality_dims, part, strict=True)) for part in parts)
        contrast, orthogonal = out.user.new_zeros(()), out.user.new_zeros(())
        for first, second in combinations(self.modality_dims, 2):
            both, pos, item = having_all(availability(data), first, second), batch.pos, torch.cat(batch[1:])
            if both is not None:
                pos, item = pos[both[pos]], item[both[item]]
            for x, every, some in ((users, batch.user, batch.user), (items, item, pos)):
                if every.numel() > 0:
                    one, other = (rows(x[name], every.unique()) for name in (first, second))
                    contrast = contrast + info_nce_loss(one, other, temperature=self.temperature)
                if some.numel() > 0:
                    one, other = (rows(x[name], some) for name in (first, second))
                    orthogonal = orthogonal + orthogonality_loss(one, other)
        if len(self.modality_dims) > 1:
            terms |= {"cl": self.cl_weight * contrast, "orth": self.orth_weight * orthogonal}
        return terms
