"""Users and their items predict each other, without negatives and without features."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType

from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.losses import bootstrap_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import EdgeDropout, LayerOutputs, NodeTable
from pygmmrec.nn.conv.layer_outputs import mean_of_layers
from pygmmrec.typing import INTERACTS, Embeddings, Triplets
from pygmmrec.utils.check import check, check_probability

VARIANTS = ("paper", "released")
FORMS = ("embedding", "history", "edge")


class SelfCF(Recommender):
    r"""`SelfCF <https://arxiv.org/abs/2107.03019>`_: a user's embedding predicts a disturbed one of its item,
    and the item's that of the user; no negative is drawn.

    1. **Propagation**: :math:`e = \mathrm{LightGCN}(E_u, E_i)`, in training on a graph that lacks a share of
       its edges, which is drawn anew at each step.
    2. **Targets** :math:`t`, without gradient: :math:`e` after dropout (``embedding``);
       :math:`\mu h + (1 - \mu) e` with h what :math:`e` was when the node was last in a batch (``history``);
       the neighbours of :math:`e` on a graph without a share p of its edges (``edge``).
    3. **Ranking**: :math:`s_{ui} = f(e_u)^\top e_i + e_u^\top f(e_i)`, with f one linear layer.
    4. **Loss**: :math:`\frac{1}{2} C(f(e_u), t_i) + \frac{1}{2} C(f(e_i), t_u)` with :math:`C = 1 - \cos`,
       and half the squares of the batch's :math:`e_u` and :math:`e_i`, summed. Sampled negatives are ignored.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: Layers of LightGCN; the authors search 1 and 2. (default: ``2``)
        form: Where targets come from: ``embedding``, ``history`` or ``edge``. (default: ``embedding``)
        p: Share that a target loses; the authors search .1, .2 and .5. (default: ``0.5``)
        momentum: :math:`\mu`, the share of the history. (default: ``0.1``, authors, on Food)
        max_edge_p: The share of edges that propagation loses is drawn between 0 and this.
            (default: ``0.9``; the released code has 1)
        reg_weight: Weight of the squares; the authors search 0 and 1e-1 to 1e-5. (default: ``0``)
        variant: ``paper``, or ``released`` for the public code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range.

    Differences: the released code drops the two directions of an edge each by itself, so that its graph is
        not symmetric. Its loss is smaller by one, of the same gradient. Its history is in no checkpoint; here
        it is a buffer.
    """

    user_history: Tensor
    item_history: Tensor

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        num_layers: int = 2,
        form: Literal["embedding", "history", "edge"] = "embedding",
        p: float = 0.5,
        momentum: float = 0.1,
        max_edge_p: float = 0.9,
        reg_weight: float = 0.0,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        check(form in FORMS, "form", f"one of {FORMS}", self, form)
        check(0 <= momentum <= 1, "momentum", "from 0 to 1", self, momentum)
        check(0 <= max_edge_p <= 1, "max_edge_p", "from 0 to 1", self, max_edge_p)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.form = form
        self.p = check_probability(p, "p", self)
        self.momentum = momentum
        self.max_edge_p = max_edge_p
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.predictor = nn.Linear(embedding_dim, embedding_dim)
        self.propagation = LayerOutputs(num_layers)
        self.drop_edge = EdgeDropout()
        self.dropout = nn.Dropout(p)
        if form == "history":
            self.register_buffer("user_history", torch.empty(num_users, embedding_dim))
            self.register_buffer("item_history", torch.empty(num_items, embedding_dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        for layer in (self.user_embedding, self.item_embedding, self.predictor):
            nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(self.predictor.bias)
        if self.form == "history":
            nn.init.normal_(self.user_history)
            nn.init.normal_(self.item_history)

    def node_tables(self) -> dict[str, NodeType]:
        history = {"user_history": "user", "item_history": "item"} if self.form == "history" else {}
        return {**super().node_tables(), **history}

    def propagate(self, data: HeteroData) -> Embeddings:
        """What LightGCN makes of all users and items, [U, D] and [I, D]."""
        to_item = self.adj(data, INTERACTS)
        to_user = to_item.t()
        if self.training and self.max_edge_p > 0:
            p = self.max_edge_p * torch.rand(()).item()
            to_item = self.drop_edge(to_item, p)
            to_user = to_item.t() if self.variant == "paper" else self.drop_edge(to_user, p)
        user, item = self.user_embedding.weight, self.item_embedding.weight
        return mean_of_layers(self.propagation(user, item, [(to_item, to_user)]))

    def forward(self, data: HeteroData) -> Embeddings:
        user, item = self.propagate(data)
        f = self.predictor  # the product of these rows, [., 2 D], is the sum of both scores
        return Embeddings(torch.cat([f(user), user], dim=-1), torch.cat([item, f(item)], dim=-1))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        e = self.propagate(data)
        user, item = rows(e.user, batch.user), rows(e.item, batch.pos)  # [B, D]
        with torch.no_grad():
            to_user, to_item = self._targets(data, e, batch)
        f = self.predictor
        return {
            "rec": (bootstrap_loss(f(user), to_item) + bootstrap_loss(f(item), to_user)) / 2,
            "l2": self.reg_weight * l2_loss(user, item, reduction="sum"),
        }

    def _targets(self, data: HeteroData, e: Embeddings, batch: Triplets) -> tuple[Tensor, Tensor]:
        """What the batch's users and its positives are to be predicted as, [B, D] each."""
        if self.form == "edge":
            adj = self.adj(data, INTERACTS)
            to_item, to_user = adj, adj.t()
            if self.training:
                to_item, to_user = self.drop_edge(to_item, self.p), self.drop_edge(to_user, self.p)
            return spmm(to_user, e.item)[batch.user], spmm(to_item, e.user)[batch.pos]
        user, item = e.user[batch.user], e.item[batch.pos]
        if self.form == "embedding":
            return self.dropout(user), self.dropout(item)
        of_user = self._mixed(self.user_history, batch.user, user)
        return of_user, self._mixed(self.item_history, batch.pos, item)

    def _mixed(self, history: Tensor, index: Tensor, row: Tensor) -> Tensor:
        """Rows mixed with their history, which they become in training."""
        target = self.momentum * history[index] + (1 - self.momentum) * row
        if self.training:
            history[index] = row.to(history)
        return target
