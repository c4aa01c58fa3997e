"""Two noisy views of the same graph, and contrast between them."""

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


class SimGCL(Recommender):
    r"""`SimGCL <https://arxiv.org/abs/2112.08679>`_: no graph needs to be augmented; noise on the embeddings
    makes two views, whose contrast spreads them evenly.

    1. **Propagation**: :math:`h^{(l)} = \hat{A} h^{(l - 1)}`, :math:`e = \frac{1}{L} \sum_{l=1}^{L} h^{(l)}`,
       without the free embeddings :math:`h^{(0)}` themselves.
    2. **Views**: the same twice more, each layer with noise of length :math:`\epsilon` that keeps the signs
       of its entries (:class:`~pygmmrec.nn.SignNoise`) and is propagated on.
    3. **Ranking**: :math:`s_{ui} = e_u^\top e_i`, without noise.
    4. **Loss**: BPR, InfoNCE of the two views of the batch's distinct users and of its distinct positives,
       and the norms of the batch's rows.

    A user or an item without training edges has an embedding of zeros: all its scores are equal.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: L, at least 1. (default: ``2``, authors' code)
        eps: :math:`\epsilon`, the length of the noise. (default: ``0.1``, authors' code)
        cl_weight: Weight of the contrast. (default: ``0.5``, authors' code)
        temperature: :math:`\tau` of the contrast. (default: ``0.2``, authors' code)
        reg_weight: Weight of the norms. (default: ``1e-4``, authors' code)
        variant: ``paper`` for the loss of the authors' code, or ``released`` for that of the field's.
            (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range.

    Differences: the contrast is a mean over the distinct nodes in the authors' code; the field's code
        (RecBole-GNN) sums it, so that its ``cl_weight`` is on another scale and depends on the batch. The
        norms are not squared in either; they are of :math:`e` of users and positives in the authors' code,
        and of :math:`h^{(0)}` of users, positives and negatives in the field's.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        *,
        embedding_dim: int = 64,
        num_layers: int = 2,
        eps: float = 0.1,
        cl_weight: float = 0.5,
        temperature: float = 0.2,
        reg_weight: float = 1e-4,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        check(num_layers >= 1, "num_layers", "at least 1", self, num_layers)
        check(temperature > 0, "temperature", "above 0", self, temperature)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
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

    def propagate(self, data: HeteroData, noisy: bool = False) -> Embeddings:
        """The mean of the layers, with noise on each of them or none, [U, D] and [I, D]."""
        to_item = self.adj(data, INTERACTS)
        user, item = self.user_embedding.weight, self.item_embedding.weight
        then = self.noise if noisy else None
        return mean_of_layers(self.propagation(user, item, [(to_item, to_item.t())], then)[1:])

    def forward(self, data: HeteroData) -> Embeddings:
        return self.propagate(data)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        out = triplet_rows(*self.propagate(data), batch)
        ego = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        user, pos, neg = out
        terms = {"bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1))}
        if self.cl_weight != 0:
            view, other = self.propagate(data, noisy=True), self.propagate(data, noisy=True)
            terms["cl_user"] = self._contrast(view.user, other.user, batch.user)
            terms["cl_item"] = self._contrast(view.item, other.item, batch.pos)
        norms = l2_loss(*(out[:2] if self.variant == "paper" else ego), squared=False)
        return {**terms, "l2": self.reg_weight * norms}

    def _contrast(self, view: Tensor, other: Tensor, index: Tensor) -> Tensor:
        """The weighted contrast of the distinct nodes of a batch."""
        node = index.unique()
        loss = node_info_nce_loss(view, other, node, temperature=self.temperature, distinct=False)
        return self.cl_weight * (loss if self.variant == "paper" else loss * node.numel())
