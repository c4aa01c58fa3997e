"""What infinitely many layers of propagation would agree on, as weights of a loss without propagation."""

import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.kernels.rows.rows import rows, triplet_rows
from pygmmrec.kernels.sparse.select_rows import select_rows
from pygmmrec.losses import l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import NodeTable
from pygmmrec.transforms import BipartiteNorm, Degrees, ItemCoGraph, Prepare, ToAdj
from pygmmrec.transforms.item_co_graph import ITEM_CO
from pygmmrec.typing import Embeddings, Triplets
from pygmmrec.utils.check import check, check_number


class UltraGCN(Recommender):
    r"""`UltraGCN <https://arxiv.org/abs/2110.15114>`_: no message is passed; the loss weighs users and items
    as the limit of propagation would, and draws users to the items that go with theirs.

    1. **Ranking**: :math:`s_{ui} = e_u^\top e_i` of free embeddings.
    2. **Weights**: :math:`\beta_{ui} = \frac{1}{d_u} \sqrt{\frac{d_u + 1}{d_i + 1}}` of degrees d.
    3. **Loss**, a sum over the batch's users u, positives i and negatives j:

       .. math::
           L = & - \sum (w_1 + w_2 \beta_{ui}) \log \sigma(s_{ui})
               - \sum (w_3 + w_4 \beta_{uj}) \log \sigma(-s_{uj}) \\
             & - \lambda \sum \sum_{n \in N_i} \omega_{in} \log \sigma(s_{un}) + \gamma L_2

       with :math:`N_i` the k items that have the most users in common with i, and :math:`\omega` their share
       of its company (:class:`~pygmmrec.transforms.ItemCoGraph`).

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        w1: Weight of every positive. (default: ``1e-6``)
        w2: Weight of :math:`\beta` at positives. (default: ``1``)
        w3: Weight of every negative. (default: ``1e-6``)
        w4: Weight of :math:`\beta` at negatives. (default: ``1``)
        related_weight: :math:`\lambda`. (default: ``5e-4``)
        reg_weight: :math:`\gamma`, of half the squares of the batch's rows. (default: ``1e-4``)

    Raises:
        ValueError: If a weight is negative.

    Differences: a batch has one negative for each positive. Where more are wanted, ``w3`` and ``w4`` say how
        many it stands for. The regulariser is of the rows of a batch.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        w1: float = 1e-6,
        w2: float = 1.0,
        w3: float = 1e-6,
        w4: float = 1.0,
        related_weight: float = 5e-4,
        reg_weight: float = 1e-4,
    ) -> None:
        super().__init__(num_users, num_items)
        self.embedding_dim = embedding_dim
        self.w1 = check_number(w1, "w1", self, at_least=0)
        self.w2 = check_number(w2, "w2", self, at_least=0)
        self.w3 = check_number(w3, "w3", self, at_least=0)
        self.w4 = check_number(w4, "w4", self, at_least=0)
        self.related_weight = check_number(related_weight, "related_weight", self, at_least=0)
        self.reg_weight = reg_weight
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.reset_parameters()

    @classmethod
    def pre_transform(cls, k: int = 10) -> BaseTransform:
        """Degrees, and for each item the k with which it has the most users in common.

        Args:
            k: Items that go with an item. (default: ``10``)
        """
        graphs = [BipartiteNorm(), Degrees(), ItemCoGraph(k, weight="share"), ToAdj()]
        return Prepare(cls.__name__, graphs)

    def reset_parameters(self) -> None:
        nn.init.xavier_normal_(self.user_embedding.weight)
        nn.init.xavier_normal_(self.item_embedding.weight)

    def forward(self, data: HeteroData) -> Embeddings:
        return Embeddings(self.user_embedding.weight, self.item_embedding.weight)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        user, pos, neg = triplet_rows(*self.forward(data), batch)
        of_pos = self.w1 + self.w2 * self.beta(data, batch.user, batch.pos)  # [B]
        of_neg = self.w3 + self.w4 * self.beta(data, batch.user, batch.neg)
        terms = {
            "pos": -(of_pos.to(user) * F.logsigmoid((user * pos).sum(dim=-1))).sum(),
            "neg": -(of_neg.to(user) * F.logsigmoid(-(user * neg).sum(dim=-1))).sum(),
        }
        if self.related_weight != 0:
            related = select_rows(self.adj(data, ITEM_CO), batch.pos)  # [B, I]
            other = rows(self.item_embedding.weight, related.col)  # [E', D]
            score = (rows(user, related.row) * other).sum(dim=-1)  # [B, D] -> [E', D] -> [E']
            terms["related"] = -self.related_weight * (related.value.to(user) * F.logsigmoid(score)).sum()
        return {**terms, "l2": self.reg_weight * l2_loss(user, pos, neg, reduction="sum")}

    def beta(self, data: HeteroData, user: Tensor, item: Tensor) -> Tensor:
        r""":math:`\beta` of pairs, [B]; that of a user without training edges is taken as if it had one.

        Raises:
            ValueError: If the graph does not say its degrees.
        """
        known = all("degree" in data[kind] for kind in ("user", "item"))
        remedy = f"Call {type(self).__name__}.prepare(data) first"
        check(known, "data", "a graph with the 'degree' of users and items", self, "none", remedy)
        of_user: Tensor = data["user"].degree[user].double()
        of_item: Tensor = data["item"].degree[item].double()
        return ((of_user + 1) / (of_item + 1)).sqrt() / of_user.clamp(min=1)
