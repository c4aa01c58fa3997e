"""Embeddings propagated on the user-item graph."""

from typing import Literal

from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.kernels.rows.rows import batch_nodes, paired_scores, triplet_rows
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import LightGCNPropagation, NodeTable
from pygmmrec.typing import INTERACTS, Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class LightGCN(Recommender):
    r"""`LightGCN <https://arxiv.org/abs/2002.02126>`_: free embeddings, propagated and averaged over layers.

    .. math::
        E = \frac{1}{L + 1} \sum_{l=0}^{L} \hat{A}^l E^{(0)}, \qquad s_{ui} = e_u^\top e_i

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: L; the paper searches 1 to 4. (default: ``3``)
        reg_weight: Weight of the L2 term on the batch's embeddings before propagation (paper: 1e-4).
            (default: ``1e-4``)
        variant: ``paper``, or ``released`` for the field's public code. (default: ``paper``)

    Differences: the field's released code does not square the norms of its L2 term, so that its
        ``reg_weight`` is not comparable, and it starts from Glorot's uniform distribution, as the paper says.
        The default starts from a normal distribution with standard deviation 0.1, as the authors' own code in
        PyTorch does.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        num_layers: int = 3,
        reg_weight: float = 1e-4,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.propagation = LightGCNPropagation(num_layers)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        for embedding in (self.user_embedding, self.item_embedding):
            if self.variant == "paper":
                nn.init.normal_(embedding.weight, std=0.1)
            else:
                nn.init.xavier_uniform_(embedding.weight)

    def forward(self, data: HeteroData) -> Embeddings:
        user, item = self.user_embedding.weight, self.item_embedding.weight
        out: Embeddings = self.propagation(user, item, self.adj(data, INTERACTS))
        return out

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        user, item = self.user_embedding.weight, self.item_embedding.weight
        out = self.propagation(user, item, self.adj(data, INTERACTS), at=batch_nodes(batch))
        ego = triplet_rows(user, item, batch)
        return {
            "bpr": bpr_loss(*paired_scores(out.user, out.item)),
            "l2": self.reg_weight * l2_loss(*ego, squared=self.variant == "paper"),
        }
