"""A frozen item graph, and a user-item graph without its least certain edges."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.graph.modalities import check_features, modality_rows
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import batch_nodes, paired_scores
from pygmmrec.losses import bpr_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import ItemGraphConv, LightGCNPropagation, NodeTable, Reduce
from pygmmrec.transforms import AdaptiveDropEdge, BipartiteNorm, FuseItemGraphs, ItemKNNGraph, Prepare, ToAdj
from pygmmrec.typing import INTERACTS, Embeddings, Triplets, item_edge_type

FUSED = item_edge_type("fused")
"""The frozen item graph."""


class FREEDOM(Recommender):
    r"""`FREEDOM <https://arxiv.org/abs/2211.06924>`_: the item graph of LATTICE need not be learned, and the
    user-item graph is better off without some of its edges.

    1. **Item graph**, frozen (:meth:`pre_transform`): each item to its k nearest in each modality, unweighted
       and normalised, :math:`S = \sum_m w_m S_m`; :math:`h = S^{L_{ii}} E_i`.
    2. **User-item graph**, drawn anew each epoch (:meth:`epoch_transform`): a share p of the edges is
       dropped, those of popular nodes more often; :math:`e = \mathrm{LightGCN}(E_u, E_i)`. Evaluation
       propagates on all edges.
    3. **Ranking**: :math:`s_{ui} = e_u^\top (e_i + h_i)`.
    4. **Loss**: BPR, and BPR of each modality in place of the item,
       :math:`\lambda \sum_m \mathrm{BPR}(e_u, W_m x_m(i), W_m x_m(j))`.

    An item that lacks a modality has no edge in its graph, and triplets with it are left out of its term.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality whose BPR is in the loss.
        embedding_dim: Embedding size D. (default: ``64``)
        num_ui_layers: Layers on the user-item graph. (default: ``2``)
        num_ii_layers: Layers on the item graph. (default: ``1``)
        reg_weight: :math:`\lambda`; the paper searches 0, 1e-5, 1e-4 and 1e-3. (default: ``1e-3``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality or the frozen graph.

    Differences: the released code has a bias in :math:`W_m`, which cancels in the loss and never trains, and
        trains the raw features as well. Its weights are .1 for images and .9 for text; by default here all
        modalities weigh the same.
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
        reg_weight: float = 1e-3,
    ) -> None:
        super().__init__(num_users, num_items)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.reg_weight = reg_weight
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.project = Reduce(modality_dims, embedding_dim)
        self.collaborative = LightGCNPropagation(num_ui_layers)
        self.spread = ItemGraphConv(num_ii_layers)
        self.reset_parameters()

    @classmethod
    def pre_transform(
        cls, k: int = 10, weights: Mapping[str, float] | None = None, search: Search = "exact"
    ) -> BaseTransform:
        """The user-item graph, and the fused item graph of each modality's k nearest.

        Args:
            k: Neighbours of each item. (default: ``10``)
            weights: Item graph, as in ``image_knn``, to its weight, see
                :class:`~pygmmrec.transforms.FuseItemGraphs`. (default: ``None``, equal shares)
            search: How neighbours are found, see :class:`~pygmmrec.transforms.ItemKNNGraph`. (default:
                ``exact``)
        """
        graphs = [ItemKNNGraph(k, search=search), FuseItemGraphs(weights)]
        return Prepare(cls.__name__, [BipartiteNorm(), *graphs, ToAdj()])

    @staticmethod
    def epoch_transform(p: float = 0.8) -> BaseTransform:
        """Keep the share 1 - p of the edges, drawn without replacement; the paper searches .8 and .9."""
        return Compose([AdaptiveDropEdge(p, mode="budget"), BipartiteNorm(), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        self.project.reset_parameters()

    def propagate(self, data: HeteroData, at: Embeddings | None = None) -> Embeddings:
        """What the scores see of all users and items, or of some of them."""
        check_features(data, self.modality_dims, self)
        user, item = self.user_embedding.weight, self.item_embedding.weight
        e = self.collaborative(user, item, self.adj(data, INTERACTS), at=at)
        alike = self.spread(item, self.adj(data, FUSED), at=None if at is None else at.item)
        return Embeddings(e.user, e.item + alike)

    def forward(self, data: HeteroData) -> Embeddings:
        return self.propagate(data)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        at = batch_nodes(batch)
        user, item = self.propagate(data, at)  # [B, D], [2 B, D]
        terms = {"bpr": bpr_loss(*paired_scores(user, item))}
        if self.reg_weight != 0:
            x, available = modality_rows(data, self.modality_dims, at.item, self)
            losses = []
            for name, projected in self.project(x).items():  # [2 B, F_m] -> [2 B, D]
                pos_score, neg_score = paired_scores(user, projected)
                if name in available:
                    both = available[name].view(2, -1).all(dim=0)  # [B]
                    pos_score, neg_score = pos_score[both], neg_score[both]
                if pos_score.numel() > 0:
                    losses.append(bpr_loss(pos_score, neg_score))
            if losses:
                terms["bpr_modality"] = self.reg_weight * torch.stack(losses).sum()
        return terms
