"""Matrix factorisation with Bayesian personalised ranking."""

from typing import Literal

from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.kernels.rows.rows import triplet_rows
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import NodeTable
from pygmmrec.typing import Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class BPRMF(Recommender):
    r"""Matrix factorisation trained by pairwise ranking (`BPR <https://arxiv.org/abs/1205.2618>`_):
    :math:`s_{ui} = p_u^\top q_i`.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        reg_weight: Weight of the L2 term on the batch's embeddings. (default: ``1e-3``)
        variant: ``paper``, or ``released`` for the field's public code. (default: ``paper``)

    Differences: the released code does not square the norms of its L2 term, so that its ``reg_weight`` is not
        comparable. The original has an item bias; neither form here does, as in the field's comparisons.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        reg_weight: float = 1e-3,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        self.embedding_dim = embedding_dim
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.xavier_normal_(self.user_embedding.weight)
        nn.init.xavier_normal_(self.item_embedding.weight)

    def forward(self, data: HeteroData) -> Embeddings:
        return Embeddings(self.user_embedding.weight, self.item_embedding.weight)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        user, pos, neg = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        squared = self.variant == "paper"
        return {
            "bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1)),
            "l2": self.reg_weight * l2_loss(user, pos, neg, squared=squared),
        }
