"""LightGCN beside projected features, joined at the very end."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.graph.modalities import availability, modalities, modality_rows
from pygmmrec.kernels.rows.rows import batch_nodes, paired_scores, triplet_rows
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import LateFusion, LightGCNPropagation, NodeTable, Reduce
from pygmmrec.nn.fusion.late_fusion import Join, Weighting
from pygmmrec.transforms import AdaptiveDropEdge, BipartiteNorm, ToAdj
from pygmmrec.typing import INTERACTS, Embeddings, Triplets


class MMGCF(Recommender):
    r"""MMGCF (UMAP 2026, as it is in `MMRec <https://arxiv.org/abs/2302.03497>`_): how far the plainest late
    fusion gets. Features never see the graph, and users have none.

    1. **Graph**, drawn anew each epoch (:meth:`epoch_transform`): a share p of the edges is dropped, those of
       popular nodes more often; :math:`(u, e) = \mathrm{LightGCN}(E_u, E_i)`. Evaluation has all edges.
    2. **Features**: :math:`f_m = W_m x_m(i) + b_m`.
    3. **Fusion**: :math:`i = e \oplus (f_1 \oplus \dots \oplus f_M)` by one of nine rules, see
       :class:`~pygmmrec.nn.LateFusion`.
    4. **Ranking**: :math:`s_{ui} = u^\top i`.
    5. **Loss**: BPR, and L2 of the free embeddings of the batch.

    An item is the mean or the sum of what it has, and its embedding alone if it has no modality.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: Layers; the public code searches 1, 2 and 3. (default: ``2``)
        fusion: ``mean``, ``sum`` or ``concat``. (default: ``mean``)
        weighting: ``equal``, ``alpha`` or ``normalized``; the public code recommends the first.
            (default: ``equal``)
        reg_weight: Weight of the L2 term; the public code searches .1 to 1e-4. (default: ``1e-3``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality.

    Differences: none from the public code. Where both items of a triplet have all modalities,
        :math:`b_m` cancels in the loss, unless features are ``normalized``; so do the biases of ``concat``.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_layers: int = 2,
        fusion: Join = "mean",
        weighting: Weighting = "equal",
        reg_weight: float = 1e-3,
    ) -> None:
        super().__init__(num_users, num_items)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.fusion = fusion
        self.weighting = weighting
        self.reg_weight = reg_weight
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.project = Reduce(modality_dims, embedding_dim, bias=True)
        self.collaborative = LightGCNPropagation(num_layers)
        self.fuse = LateFusion(list(modality_dims), embedding_dim, fusion=fusion, weighting=weighting)
        self.reset_parameters()

    @staticmethod
    def epoch_transform(p: float = 0.5) -> BaseTransform:
        """Keep the share 1 - p of the edges, drawn without replacement; searched are .2, .5 and .8."""
        return Compose([AdaptiveDropEdge(p, mode="budget"), BipartiteNorm(), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        self.project.reset_parameters()
        self.fuse.reset_parameters()

    def propagate(self, data: HeteroData, at: Embeddings | None = None) -> Embeddings:
        """What the scores see of all users and items, or of some of them."""
        user, item = self.user_embedding.weight, self.item_embedding.weight
        e = self.collaborative(user, item, self.adj(data, INTERACTS), at=at)
        if at is None:
            x, available = modalities(data, self.modality_dims, self), availability(data)
        else:
            x, available = modality_rows(data, self.modality_dims, at.item, self)
        return Embeddings(e.user, self.fuse(e.item, self.project(x), available))

    def forward(self, data: HeteroData) -> Embeddings:
        return self.propagate(data)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out = self.propagate(data, batch_nodes(batch))  # [B, D], [2 B, D]
        terms = {"bpr": bpr_loss(*paired_scores(out.user, out.item))}
        if self.reg_weight != 0:
            free = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
            terms["l2"] = self.reg_weight * l2_loss(*free)
        return terms
