"""Contrast of the user-item graph with what a few singular vectors leave of it."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.kernels.rows.rows import triplet_scores
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.losses import bpr_loss, full_nce_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import EdgeDropout, LayerOutputs, NodeTable
from pygmmrec.nn.conv.layer_outputs import sum_of_layers
from pygmmrec.transforms import BipartiteNorm, LowRankGraph, Prepare, ToAdj
from pygmmrec.transforms.low_rank_graph import ITEM_FACTORS, USER_FACTORS
from pygmmrec.typing import INTERACTS, Embeddings, Triplets
from pygmmrec.utils.check import check, check_probability

VARIANTS = ("paper", "released")
BOUND = 5.0
"""A node's own similarity counts from minus this to this."""


class LightGCL(Recommender):
    r"""`LightGCL <https://arxiv.org/abs/2302.08191>`_: the second view of the graph is its approximation of
    rank q, which keeps what is common to many users and is not drawn at random.

    1. **Propagation**: :math:`e^{(l)} = \hat{A} e^{(l - 1)}`, :math:`e = \sum_{l=0}^{L} e^{(l)}`; in training
       each layer and side may lack a share p of its edges, drawn anew.
    2. **View**: :math:`g_u^{(l)} = U_q S_q V_q^\top e_i^{(l - 1)}` and likewise for items, from the layers of
       the graph itself; :math:`g = e^{(0)} + \sum_{l=1}^{L} g^{(l)}`.
    3. **Ranking**: :math:`s_{ui} = e_u^\top e_i`.
    4. **Loss**: BPR; contrast of :math:`g_n` with :math:`e_n` for the nodes n of the batch, by dot products
       and with all users or all items as negatives; and the squares of all free embeddings.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: L, at least 1. (default: ``2``, authors' code)
        p: Share of edges that a layer lacks in training. (default: ``0``, authors' code)
        cl_weight: :math:`\lambda_1` of the contrast. (default: ``0.2``, authors' code)
        temperature: :math:`\tau` of the contrast. (default: ``0.2``, authors' code)
        reg_weight: :math:`\lambda_2` of the squares. (default: ``1e-7``, authors' code)
        variant: ``paper`` for the loss of the authors' code, or ``released`` for that of the field's.
            (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range.

    Differences: the authors' code contrasts the positives and the negatives of a batch, the field's
        (RecBole-GNN) its positives only. Both take a randomised decomposition, from another start in each
        process; here it is exact. Logarithms of sums of exponentials do not overflow here. The field's code
        drops edges in evaluation as well, and the authors' scores with the embeddings of the last batch.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        num_layers: int = 2,
        p: float = 0.0,
        cl_weight: float = 0.2,
        temperature: float = 0.2,
        reg_weight: float = 1e-7,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        check(num_layers >= 1, "num_layers", "at least 1", self, num_layers)
        check(temperature > 0, "temperature", "above 0", self, temperature)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.p = check_probability(p, "p", self)
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.propagation = LayerOutputs(num_layers)
        self.drop_edge = EdgeDropout()
        self.reset_parameters()

    @classmethod
    def pre_transform(cls, q: int = 5) -> BaseTransform:
        """The user-item graph, and its approximation of rank q.

        Args:
            q: Number of singular vectors. (default: ``5``)
        """
        return Prepare(cls.__name__, [BipartiteNorm(), LowRankGraph(q), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)

    def layers(self, data: HeteroData) -> list[Embeddings]:
        """The free embeddings and all layers of the graph, [U, D] and [I, D] each."""
        to_item = self.adj(data, INTERACTS)
        graphs = [(to_item, to_item.t())]
        if self.training and self.p > 0:
            graphs = [self._thinned(to_item) for _ in range(self.num_layers)]
        layers: list[Embeddings] = self.propagation(
            self.user_embedding.weight, self.item_embedding.weight, graphs
        )
        return layers

    def _thinned(self, to_item: Adj) -> tuple[Adj, Adj]:
        """A layer's graph to items and to users, each without a share of its edges."""
        to_user = self.drop_edge(to_item.t(), self.p)
        return self.drop_edge(to_item, self.p), to_user

    def view(self, data: HeteroData, layers: list[Embeddings]) -> Embeddings:
        """The sum of what the approximation makes of all layers but the last, and of the first one itself."""
        user, item = sum_of_layers(layers[:-1])
        of_user, of_item = self.adj(data, USER_FACTORS), self.adj(data, ITEM_FACTORS)
        to_user = spmm(of_user, spmm(of_item.t(), item))  # [U, q] x [q, I] x [I, D] -> [U, D]
        to_item = spmm(of_item, spmm(of_user.t(), user))  # [I, q] x [q, U] x [U, D] -> [I, D]
        return Embeddings(layers[0].user + to_user, layers[0].item + to_item)

    def forward(self, data: HeteroData) -> Embeddings:
        return sum_of_layers(self.layers(data))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        layers = self.layers(data)
        out = sum_of_layers(layers)
        terms = {"bpr": bpr_loss(*triplet_scores(*out, batch))}
        if self.cl_weight != 0:
            view = self.view(data, layers)
            items = torch.cat([batch.pos, batch.neg]) if self.variant == "paper" else batch.pos
            terms["cl_user"] = self._contrast(view.user, out.user, batch.user)
            terms["cl_item"] = self._contrast(view.item, out.item, items)
        squares = 2 * l2_loss(self.user_embedding.weight, self.item_embedding.weight, reduction="sum")
        return {**terms, "l2": self.reg_weight * squares}

    def _contrast(self, view: Tensor, out: Tensor, index: Tensor) -> Tensor:
        return self.cl_weight * full_nce_loss(
            view, out, index, temperature=self.temperature, normalize=False, bound=BOUND
        )
