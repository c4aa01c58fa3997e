"""One noisy pass that is ranked and contrasted with one of its own layers."""

from typing import Literal

from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.kernels.rows.rows import triplet_rows
from pygmmrec.losses import bpr_loss, l2_loss
from pygmmrec.losses.info_nce import node_info_nce_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import LayerOutputs, NodeTable, SignNoise
from pygmmrec.nn.conv.layer_outputs import mean_of_layers
from pygmmrec.typing import INTERACTS, Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")


class XSimGCL(Recommender):
    r"""`XSimGCL <https://arxiv.org/abs/2209.02544>`_: SimGCL in a single pass, whose layers are each other's
    views.

    1. **Propagation**: :math:`h^{(l)} = \hat{A} h^{(l - 1)} + n`, in training with noise n of length
       :math:`\epsilon` that keeps the signs of the entries (:class:`~pygmmrec.nn.SignNoise`) and is
       propagated on; :math:`e = \frac{1}{L} \sum_{l=1}^{L} h^{(l)}`, without the free embeddings.
    2. **Ranking**: :math:`s_{ui} = e_u^\top e_i`, without noise.
    3. **Loss**: BPR of the noisy :math:`e`, InfoNCE between it and :math:`h^{(l^*)}` of the batch's distinct
       users and of its distinct positives, and the norms of the batch's rows.

    A user or an item without training edges has an embedding of zeros: all its scores are equal.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: L, at least 1. (default: ``2``, authors' code)
        cl_layer: :math:`l^*`, from 1 to L. (default: ``1``, authors' code)
        eps: :math:`\epsilon`, the length of the noise. (default: ``0.2``, authors' code)
        cl_weight: Weight of the contrast. (default: ``0.2``, authors' code)
        temperature: :math:`\tau` of the contrast. (default: ``0.15``, authors' code)
        reg_weight: Weight of the norms. (default: ``1e-4``, authors' code)
        variant: ``paper`` for the loss of the authors' code, or ``released`` for that of the field's.
            (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range. Public code takes the free embeddings for the view where
            :math:`l^*` is above L, without a word.

    Differences: the norms of the authors' code are of :math:`e` of users and positives and are not squared;
        those of the field's code (RecBole-GNN) are of the free embeddings of users, positives and negatives,
        as half their squares.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        num_layers: int = 2,
        cl_layer: int = 1,
        eps: float = 0.2,
        cl_weight: float = 0.2,
        temperature: float = 0.15,
        reg_weight: float = 1e-4,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        check(num_layers >= 1, "num_layers", "at least 1", self, num_layers)
        check(1 <= cl_layer <= num_layers, "cl_layer", f"from 1 to {num_layers}", self, cl_layer)
        check(temperature > 0, "temperature", "above 0", self, temperature)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.cl_layer = cl_layer
        self.eps = eps
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.variant = variant
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.propagation = LayerOutputs(num_layers)
        self.noise = SignNoise(eps)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)

    def views(self, data: HeteroData, noisy: bool = False) -> tuple[Embeddings, Embeddings]:
        """The mean of the layers and the layer that it is contrasted with, each [U, D] and [I, D]."""
        to_item = self.adj(data, INTERACTS)
        user, item = self.user_embedding.weight, self.item_embedding.weight
        then = self.noise if noisy else None
        layers = self.propagation(user, item, [(to_item, to_item.t())], then)
        return mean_of_layers(layers[1:]), layers[self.cl_layer]

    def forward(self, data: HeteroData) -> Embeddings:
        return self.views(data)[0]

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out, view = self.views(data, noisy=True)
        user, pos, neg = triplet_rows(*out, batch)
        terms = {"bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1))}
        if self.cl_weight != 0:
            pairs = {"user": (*(x.user for x in (out, view)), batch.user)}
            pairs["item"] = (*(x.item for x in (out, view)), batch.pos)
            for kind, (ours, theirs, index) in pairs.items():
                nce = node_info_nce_loss(ours, theirs, index.unique(), temperature=self.temperature)
                terms[f"cl_{kind}"] = self.cl_weight * nce
        if self.variant == "paper":
            norms = l2_loss(user, pos, squared=False)
        else:
            norms = l2_loss(*triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch))
        return {**terms, "l2": self.reg_weight * norms}
