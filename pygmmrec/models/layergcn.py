"""Embeddings whose layers count by how much they agree with the first one."""

from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.kernels.rows.rows import triplet_rows, triplet_scores
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import NodeTable, RefinedPropagation
from pygmmrec.transforms import AdaptiveDropEdge, BipartiteNorm, DropEdge, TakeTurns, ToAdj
from pygmmrec.typing import INTERACTS, Embeddings, Triplets


class LayerGCN(Recommender):
    r"""`LayerGCN <https://arxiv.org/abs/2207.11088>`_: each layer is scaled by its cosine with the free
    embeddings, so that deep layers stay close to them, on a graph without some of its edges.

    1. **User-item graph**, drawn anew each epoch (:meth:`epoch_transform`): a share p of the edges is
       dropped, those of popular nodes more often. Evaluation propagates on all edges.
    2. **Propagation**: :math:`z^{(l)} = \cos(\hat{A} z^{(l - 1)}, z^{(0)}) \odot \hat{A} z^{(l - 1)}` and
       :math:`e = \sum_{l=1}^{L} z^{(l)}`, without the free embeddings :math:`z^{(0)}` themselves.
    3. **Ranking**: :math:`s_{ui} = e_u^\top e_i`.
    4. **Loss**: BPR and :math:`\frac{\lambda}{2} \Vert z^{(0)} \Vert^2` of the batch's rows, both sums over
       the batch.

    A user or an item without training edges has an embedding of zeros: all its scores are equal.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: L, at least 1. (default: ``4``)
        reg_weight: :math:`\lambda`; the authors search 1e-2 to 1e-5. (default: ``1e-3``)

    Raises:
        ValueError: If an argument is out of range.

    Differences: the released code drops edges by degree in every other epoch only, and uniformly in the
        others: ``epoch_transform(alternate=True)``. The paper compares the two and takes the first.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        num_layers: int = 4,
        reg_weight: float = 1e-3,
    ) -> None:
        super().__init__(num_users, num_items)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.reg_weight = reg_weight
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.propagation = RefinedPropagation(num_layers)
        self.reset_parameters()

    @staticmethod
    def epoch_transform(p: float = 0.1, alternate: bool = False) -> BaseTransform:
        """Keep the share 1 - p of the edges, drawn without replacement; the authors take .1 and .2.

        Args:
            p: Share of edges that are dropped. (default: ``0.1``)
            alternate: Whether each second epoch draws all edges alike, as the released code does.
                (default: ``False``)
        """
        draw: BaseTransform = AdaptiveDropEdge(p, mode="budget")
        if alternate:
            draw = TakeTurns([draw, DropEdge(p, mode="budget")])
        return Compose([draw, BipartiteNorm(), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)

    def forward(self, data: HeteroData) -> Embeddings:
        user, item = self.user_embedding.weight, self.item_embedding.weight
        out: Embeddings = self.propagation(user, item, self.adj(data, INTERACTS))
        return out

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        user, item = self.forward(data)
        ego = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        return {
            "bpr": bpr_loss(*triplet_scores(user, item, batch), reduction="sum"),
            "l2": self.reg_weight * l2_loss(*ego, reduction="sum"),
        }
