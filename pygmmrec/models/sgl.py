"""Views of the graph with other edges missing, and contrast between them."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.kernels.rows.rows import rows, triplet_rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.losses import bpr_loss, full_nce_loss, info_nce_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import LayerOutputs, LightGCNPropagation, NodeTable
from pygmmrec.nn.conv.layer_outputs import mean_of_layers
from pygmmrec.transforms.graph_view import AUGMENTATIONS, graph_view
from pygmmrec.typing import INTERACTS, EdgeType, Embeddings, Triplets
from pygmmrec.utils.check import check, check_probability

VARIANTS = ("paper", "released", "authors", "selfrec")


def view_type(view: int, layer: int) -> EdgeType:
    """The relation of a view, of one of its layers where these differ."""
    return ("user", f"view_{view}_layer_{layer}", "item")


class SGL(Recommender):
    r"""`SGL <https://arxiv.org/abs/2010.10783>`_: LightGCN, and contrast between two views of the graph that
    lack other edges or nodes.

    1. **Propagation**: :math:`e = \frac{1}{L + 1} \sum_{l=0}^{L} \hat{A}^l E^{(0)}`.
    2. **Views**, drawn anew each epoch (:meth:`refresh`): the same on graphs without a share p of the edges
       (``edges``), of the users and of the items (``nodes``), or of the edges of each layer by itself
       (``walk``), normalised by the degrees that are left.
    3. **Ranking**: :math:`s_{ui} = e_u^\top e_i`.
    4. **Loss**: BPR, InfoNCE of the two views of the batch's users and of its positives, with all users and
       all items as negatives, and half the squares of the batch's free embeddings.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: L, at least 1. (default: ``3``, authors' code)
        augmentation: What a view lacks: ``edges``, ``nodes`` or ``walk``. (default: ``edges``, authors' code)
        p: Share that is dropped. (default: ``0.1``, authors' code)
        cl_weight: Weight of the contrast. (default: ``0.1``, authors' code)
        temperature: :math:`\tau` of the contrast. (default: ``0.2``, authors' code)
        reg_weight: Weight of the squares. (default: ``1e-4``, authors' code)
        variant: ``paper`` for means over the batch, or the loss of a public code: ``authors``, ``released``
            (the field's), ``selfrec``. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range.

    Differences: ``authors`` sums over the batch where ``paper`` takes means, with the same minimum. The
        field's code (RecBole-GNN) sums as well, but for the norms, which it does not square and divides by
        the batch, so that the balance moves with its size. SELFRec takes means, the distinct users and
        positives of the batch in one pool as each other's negatives, and norms of the propagated rows.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        num_layers: int = 3,
        augmentation: Literal["edges", "nodes", "walk"] = "edges",
        p: float = 0.1,
        cl_weight: float = 0.1,
        temperature: float = 0.2,
        reg_weight: float = 1e-4,
        variant: Literal["paper", "released", "authors", "selfrec"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        fits = augmentation in AUGMENTATIONS
        check(fits, "augmentation", f"one of {AUGMENTATIONS}", self, augmentation)
        check(num_layers >= 1, "num_layers", "at least 1", self, num_layers)
        check(temperature > 0, "temperature", "above 0", self, temperature)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.augmentation = augmentation
        self.p = check_probability(p, "p", self)
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.propagation = LightGCNPropagation(num_layers)
        self.layers = LayerOutputs(num_layers)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)

    def forward(self, data: HeteroData) -> Embeddings:
        user, item = self.user_embedding.weight, self.item_embedding.weight
        out: Embeddings = self.propagation(user, item, self.adj(data, INTERACTS))
        return out

    def refresh(self, data: HeteroData) -> None:
        for view in range(2):
            for layer, graph in enumerate(self._draw(data)):
                store = data[view_type(view, layer)]
                store.edge_index = graph.edge_index
                store.matrix = graph

    def _draw(self, data: HeteroData) -> list[Adj]:
        """The graphs of a view, one for all layers or one for each."""
        num = self.num_layers if self.augmentation == "walk" else 1
        kind: Literal["edges", "nodes"] = "nodes" if self.augmentation == "nodes" else "edges"
        return [graph_view(self.adj(data, INTERACTS), self.p, kind) for _ in range(num)]

    def view(self, data: HeteroData, view: int) -> Embeddings:
        """A view of all users and items, on the epoch's graph or, where there is none, on one drawn now."""
        layers = range(self.num_layers if self.augmentation == "walk" else 1)
        if view_type(view, 0) in data.edge_types:
            graphs = [self.adj(data, view_type(view, layer)) for layer in layers]
        else:
            graphs = self._draw(data)
        user, item = self.user_embedding.weight, self.item_embedding.weight
        return mean_of_layers(self.layers(user, item, [(graph, graph.t()) for graph in graphs]))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        user, pos, neg = triplet_rows(*self.forward(data), batch)
        reduction: Literal["mean", "sum"] = "mean" if self.variant in ("paper", "selfrec") else "sum"
        scores = (user * pos).sum(dim=-1), (user * neg).sum(dim=-1)
        terms = {"bpr": bpr_loss(*scores, reduction=reduction)}
        if self.cl_weight != 0:
            views = self.view(data, 0), self.view(data, 1)
            terms |= {name: self.cl_weight * term for name, term in self._contrast(*views, batch).items()}
        if self.variant == "selfrec":
            norms = l2_loss(user, pos, neg, squared=False)
        else:
            ego = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
            squared = self.variant != "released"
            norms = l2_loss(*ego, squared=squared, reduction=reduction if squared else "mean")
        return {**terms, "l2": self.reg_weight * norms}

    def _contrast(self, view: Embeddings, other: Embeddings, batch: Triplets) -> dict[str, Tensor]:
        tau = self.temperature
        if self.variant == "selfrec":
            nodes = batch.user.unique(), batch.pos.unique()
            pools = [
                torch.cat([rows(x, at) for x, at in zip(each, nodes, strict=True)]) for each in (view, other)
            ]
            return {"cl": info_nce_loss(*pools, temperature=tau)}
        reduction: Literal["mean", "sum"] = "mean" if self.variant == "paper" else "sum"
        return {
            "cl_user": full_nce_loss(view.user, other.user, batch.user, temperature=tau, reduction=reduction),
            "cl_item": full_nce_loss(view.item, other.item, batch.pos, temperature=tau, reduction=reduction),
        }
