"""Modalities of users and items on the principal part of their graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, modalities, zero_missing
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import batch_nodes, paired_scores
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import bpr_loss, info_nce_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import ItemGraphConv, LightGCNPropagation, Reduce
from pygmmrec.transforms import (
    AdaptiveDropEdge,
    BipartiteNorm,
    FuseItemGraphs,
    ItemKNNGraph,
    Prepare,
    PrincipalEdges,
    PrincipalGraph,
    ToAdj,
)
from pygmmrec.typing import INTERACTS, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.check import check

FUSED = item_edge_type("fused")
"""The frozen item graph."""

MODES = ("local", "global")


class PGL(Recommender):
    r"""PGL (AAAI 2025; known from its code in `MMRec <https://arxiv.org/abs/2302.03497>`_): train on the
    principal part of the user-item graph, and rank on all of it.

    1. **Nodes**: items are their features, :math:`x = [\bar{f}_1 \Vert \dots \Vert \bar{f}_M]` with
       :math:`f_m = W_m x_m + b_m` scaled to length one; users have free preferences
       :math:`p = [P_1 \Vert \dots \Vert P_M]`.
    2. **User-item graph**: :math:`(e_u, e_i) = \mathrm{LightGCN}(p, x)`. Each epoch has another sub-graph
       (:meth:`epoch_transform`): *local*, a share of the edges drawn with weights :math:`1 / \sqrt{d_u d_i}`;
       or *global*, one that singular vectors make (:class:`~pygmmrec.transforms.PrincipalGraph`), for which
       ``pre_transform`` and ``epoch_transform`` both have ``mode="global"``. Evaluation has all edges.
    3. **Item graph**, frozen (:meth:`pre_transform`), that of FREEDOM: :math:`e_i \leftarrow e_i + S^n x`.
    4. **Ranking**: :math:`s_{ui} = e_u^\top e_i`.
    5. **Loss**: BPR, and InfoNCE of two dropouts of the batch's users, and of its positives.

    In a modality that an item lacks it starts with zeros, and it has no edge in that item graph.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D of a modality. (default: ``64``)
        num_ui_layers: Layers on the user-item graph. (default: ``2``)
        num_ii_layers: Layers n on the item graph. (default: ``1``)
        cl_weight: Half of it is the weight of each InfoNCE; 0 leaves both out. (default: ``0.05``, the
            authors' log of Amazon Baby; .1 for Sports, .5 for Clothing)
        temperature: :math:`\tau` of InfoNCE. (default: ``0.2``)
        p: Share that a dropout drops. (default: ``0.2``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or a graph.

    Differences: the defaults of the authors' code leave InfoNCE out, and its logs do not. It trains the raw
        features too, as a graph whose features ask for a gradient does here. Its item graph weighs images .1
        and texts .9; by default here all modalities weigh the same. In the global form it decomposes the
        dense matrix of users and items, of which each singular value is there twice.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_ui_layers: int = 2,
        num_ii_layers: int = 1,
        cl_weight: float = 0.05,
        temperature: float = 0.2,
        p: float = 0.2,
    ) -> None:
        super().__init__(num_users, num_items)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.p = p
        free = {name: nn.Parameter(torch.empty(num_users, embedding_dim)) for name in modality_dims}
        self.preference = nn.ParameterDict(free)
        self.project = Reduce(modality_dims, embedding_dim, bias=True)
        self.collaborative = LightGCNPropagation(num_ui_layers)
        self.spread = ItemGraphConv(num_ii_layers)
        self.reset_parameters()

    @classmethod
    def pre_transform(
        cls,
        k: int = 10,
        weights: Mapping[str, float] | None = None,
        mode: Literal["local", "global"] = "local",
        dim: int = 64,
        search: Search = "exact",
    ) -> BaseTransform:
        """The user-item graph, the fused graph of each item's k nearest in each modality, and for ``global``
        the principal sub-graph of ``dim`` singular values, which is the embedding size of a modality. For
        ``weights`` see :class:`~pygmmrec.transforms.FuseItemGraphs`."""
        check(mode in MODES, "mode", f"one of {MODES}", cls.__name__, mode)
        principal = [PrincipalGraph(dim)] if mode == "global" else []
        graphs = [ItemKNNGraph(k, search=search), FuseItemGraphs(weights), *principal]
        return Prepare(cls.__name__, [BipartiteNorm(), *graphs, ToAdj()])

    @staticmethod
    def epoch_transform(mode: Literal["local", "global"] = "local", p: float = 0.7) -> BaseTransform:
        """Keep the share 1 - p of the edges, drawn without replacement; or, for ``global``, the principal
        sub-graph, in which nothing is drawn."""
        check(mode in MODES, "mode", f"one of {MODES}", "PGL", mode)
        if mode == "global":
            return Compose([PrincipalEdges(), ToAdj()])
        return Compose([AdaptiveDropEdge(p, mode="budget"), BipartiteNorm(), ToAdj()])

    def reset_parameters(self) -> None:
        for weight in self.preference.values():
            nn.init.xavier_uniform_(weight)
        self.project.reset_parameters()

    def node_tables(self) -> dict[str, NodeType]:
        return {**super().node_tables(), **{f"preference.{name}": "user" for name in self.modality_dims}}

    def propagate(self, data: HeteroData, at: Embeddings | None = None) -> Embeddings:
        """What the scores see of all users and items, or of some of them."""
        x = self.project(modalities(data, self.modality_dims, self))  # [I, F_m] -> [I, D]
        user = torch.cat([self.preference[name] for name in x], dim=1)  # [U, M D]
        x = zero_missing(x, availability(data))
        item = torch.cat([unit_rows(f) for f in x.values()], dim=1).to(user.dtype)  # [I, M D]
        e = self.collaborative(user, item, self.adj(data, INTERACTS), at=at)
        alike = self.spread(item, self.adj(data, FUSED), at=None if at is None else at.item)
        return Embeddings(e.user, e.item + alike)

    def forward(self, data: HeteroData) -> Embeddings:
        return self.propagate(data)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        user, item = self.propagate(data, batch_nodes(batch))  # [B, M D], [2 B, M D]
        terms = {"bpr": bpr_loss(*paired_scores(user, item))}
        if self.cl_weight != 0:
            for name, x in (("cl_user", user), ("cl_item", item.chunk(2)[0])):
                views = (F.dropout(x, self.p, self.training) for _ in range(2))
                terms[name] = self.cl_weight / 2 * info_nce_loss(*views, temperature=self.temperature)
        return terms
