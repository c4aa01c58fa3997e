"""Item graphs without the edges that are noise, and ranking without the clicks that are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.modalities import availability, check_features
from pygmmrec.kernels.rows.rows import distinct_nodes, rows, triplet_scores
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import agreement_loss, denoised_bpr_loss, pseudo_label_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import ItemGraphConv, LightGCNPropagation, NodeTable
from pygmmrec.transforms import BehaviourGraph, BipartiteNorm, CrossModalGraph, Prepare, ToAdj
from pygmmrec.transforms.behaviour_graph import BEHAVIOUR
from pygmmrec.typing import INTERACTS, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.check import check


class DAMRS(Recommender):
    r"""DA-MRS (`arXiv 2406.12501 <https://arxiv.org/abs/2406.12501>`_) with LightGCN: modalities are noisy,
    and so are clicks; what several views agree on is neither.

    1. **Item graphs**, frozen (:meth:`pre_transform`): one for each modality without the pairs that another
       modality speaks against (:class:`~pygmmrec.transforms.CrossModalGraph`), and one of users in common
       (:class:`~pygmmrec.transforms.BehaviourGraph`).
    2. **Views** of items: :math:`h_x = S_x^n E_i`, one for each item graph.
    3. **User-item graph**: :math:`(e_u, e_i) = \mathrm{LightGCN}(E_u, E_i)`.
    4. **Ranking**: :math:`s_{ui} = e_u^\top \big( e_i + \frac{1}{M + 1} \sum_x h_{x,i} \big)`.
    5. **Loss**: :func:`~pygmmrec.losses.denoised_bpr_loss`, with the views' beliefs
       :math:`\sigma(e_u^\top h_{x,i} / \lVert h_{x,i} \rVert)`; of the batch's distinct items,
       :func:`~pygmmrec.losses.pseudo_label_loss` of the views; and with its distinct users,
       :func:`~pygmmrec.losses.agreement_loss` of :math:`e_i` and the mean of the views.

    Features make the graphs and nothing else. An item that lacks a modality has no edge in its graph, and
    means over views are over those that it has, behaviour always among them.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_ui_layers: Layers on the user-item graph; the authors have 3 for TikTok. (default: ``2``)
        num_ii_layers: Layers n on the item graphs. (default: ``1``)
        item_weight: Weight of the alignment of items; 0 leaves it out. (default: ``1e-3``)
        user_weight: Weight of the alignment of users and items; 0 leaves it out. (default: ``1.0``)
        num_labels: Items of each kind in the alignment of items. (default: ``10``)
        temperature: :math:`\tau` of it. (default: ``0.2``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or a graph.

    Differences: one form serves paper and code. Places that are equal go to the smaller index here, in the
        graph of behaviour too, where the code leaves them to chance.
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
        item_weight: float = 1e-3,
        user_weight: float = 1.0,
        num_labels: int = 10,
        temperature: float = 0.2,
    ) -> None:
        super().__init__(num_users, num_items)
        wanted = "a mapping with at least one modality"
        check(len(modality_dims) > 0, "modality_dims", wanted, self, dict(modality_dims))
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.item_weight = item_weight
        self.user_weight = user_weight
        self.num_labels = num_labels
        self.temperature = temperature
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.collaborative = LightGCNPropagation(num_ui_layers)
        self.spread = ItemGraphConv(num_ii_layers)
        self.reset_parameters()

    @classmethod
    def pre_transform(cls, k: int = 10, behaviour_k: int = 2, min_common: int = 2) -> BaseTransform:
        """The user-item graph, the graphs of each item's k nearest in each modality, and that of its
        ``behaviour_k`` nearest in users, with ``min_common`` of them at least."""
        graphs = [CrossModalGraph(k), BehaviourGraph(behaviour_k, min_common=min_common)]
        return Prepare(cls.__name__, [BipartiteNorm(), *graphs, ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)

    def views(self, data: HeteroData) -> tuple[list[Tensor], Tensor]:
        """Views of all items, M + 1 of [I, D], behaviour last; and which item has which, bool [I, M + 1]."""
        check_features(data, self.modality_dims, self)
        item, available = self.item_embedding.weight, availability(data)
        graphs = [item_edge_type(f"{name}_knn") for name in self.modality_dims]
        views = [self.spread(item, self.adj(data, kind)) for kind in (*graphs, BEHAVIOUR)]
        all_items = torch.ones(self.num_items, dtype=torch.bool, device=item.device)
        having = [available.get(name, all_items) for name in self.modality_dims]
        return views, torch.stack([*having, all_items], dim=1)

    def forward(self, data: HeteroData) -> Embeddings:
        views, having = self.views(data)
        user, item = self.user_embedding.weight, self.item_embedding.weight
        e = self.collaborative(user, item, self.adj(data, INTERACTS))
        return Embeddings(e.user, e.item + mean_view(views, having))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        at, among = distinct_nodes(batch)
        views, having = self.views(data)
        user, item = self.user_embedding.weight, self.item_embedding.weight
        e = self.collaborative(user, item, self.adj(data, INTERACTS), at=at)
        some, had = [rows(view, at.item) for view in views], having[at.item]  # [N, D], [N, M + 1]
        mean = mean_view(some, had)
        pos_score, neg_score = triplet_scores(e.user, e.item + mean, among)
        logit = [triplet_scores(e.user, unit_rows(view), among) for view in some]
        pos, neg = (torch.stack(of_views, dim=1).sigmoid() for of_views in zip(*logit, strict=True))
        had_pos, had_neg = had[among.pos], had[among.neg]  # [B, M + 1]
        terms = {"bpr": denoised_bpr_loss(pos_score, neg_score, pos, neg, had_pos, had_neg)}
        if self.item_weight != 0:
            align = partial(pseudo_label_loss, num_labels=self.num_labels, temperature=self.temperature)
            terms["item_alignment"] = self.item_weight * align(views, at.item, having)
        if self.user_weight != 0:
            terms["user_alignment"] = self.user_weight * agreement_loss(e.user, e.item, mean)
        return terms


def mean_view(views: list[Tensor], having: Tensor) -> Tensor:
    """The mean of the views that an item has; those that it lacks are zero: to [N, D]."""
    return torch.stack(views).sum(dim=0) / having.sum(dim=1, keepdim=True)
