"""A disentangled autoencoder of what users choose and of the words for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.graph.modalities import check_features, dims
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows
from pygmmrec.losses import factor_contrast_loss, kl_loss
from pygmmrec.losses.multinomial import blocked_multinomial_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import DisentangledTower, FactorExchange
from pygmmrec.nn.feature.disentangled_tower import mixture_scores
from pygmmrec.transforms import (
    FuseItemGraphs,
    ItemKNNGraph,
    ItemWords,
    Prepare,
    ProfileEdges,
    ToAdj,
    UserWords,
)
from pygmmrec.typing import PROFILES, USER_WORDS, Embeddings, Triplets, item_edge_type
from pygmmrec.utils.check import check

if TYPE_CHECKING:
    from typing_extensions import Self

FUSED = item_edge_type("fused")
"""The frozen item graph."""


class DGVAE(Recommender):
    r"""DGVAE (`arXiv 2402.16110 <https://arxiv.org/abs/2402.16110>`_): what a user wants has several factors,
    and each can be said in words.

    1. **Rows**: a user is the set of its items, :math:`x \in \{0, 1\}^I`, and the words of these by tf-idf, w
       (:meth:`pre_transform`).
    2. **Encoders**: one :class:`~pygmmrec.nn.DisentangledTower` for x, spread on a frozen item graph, and one
       for w: K factors each, :math:`Z_r` and :math:`Z_t`.
    3. **Exchange**: :class:`~pygmmrec.nn.FactorExchange`; :math:`z = z_{r|t} + z_{t|r}`.
    4. **Ranking** (:meth:`score`): :math:`s_{ui} = \log \sum_k c_{ik} \exp(z_k^\top h_i / \tau)`.
    5. **Loss**: the multinomial likelihood of x from z, and of w with its own weight, KL of both towers, and
       the contrast of factors of :math:`z_{r|t}` with those of :math:`z_{t|r}`.

    An item that lacks a modality has no edge in its graph and none of its words.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality that makes the graph and the words.
        num_words: Number of words; :meth:`from_data` reads it off the graph. (default: ``256``)
        embedding_dim: Size D of a factor. (default: ``64``)
        num_factors: K. (default: ``3``, as on Baby)
        temperature: :math:`\tau`. (default: ``0.1``)
        p: Dropout. (default: ``0.5``)
        std: Scale of the noise in z. (default: ``0.075``)
        kl_weight: Weight of KL. (default: ``0.2``)
        words_weight: Weight of the likelihood of words. (default: ``0.2``)
        contrast_weight: Weight of the contrast of factors. (default: ``0.4``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality, the graph or the words.

    Differences: a batch is the distinct users of its triplets, and each counts by the share of its items that
        is there, which is one over an epoch; the released code has each user in one batch. Its weight of KL
        grows by 1/20000 a step up to 0.2; here it is constant, since models count no steps. Its words come
        from raw text and from captions of images; here from any item-by-word matrix, or from k-means where
        there are only vectors.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        num_words: int = 256,
        embedding_dim: int = 64,
        num_factors: int = 3,
        temperature: float = 0.1,
        p: float = 0.5,
        std: float = 0.075,
        kl_weight: float = 0.2,
        words_weight: float = 0.2,
        contrast_weight: float = 0.4,
    ) -> None:
        super().__init__(num_users, num_items)
        some = len(modality_dims) > 0
        check(some, "modality_dims", "a mapping with at least one modality", self, modality_dims)
        self.modality_dims = dict(modality_dims)
        self.num_words = num_words
        self.embedding_dim = embedding_dim
        self.num_factors = num_factors
        self.temperature = temperature
        self.p = p
        self.std = std
        self.kl_weight = kl_weight
        self.words_weight = words_weight
        self.contrast_weight = contrast_weight
        tower = partial(
            DisentangledTower,
            channels=embedding_dim,
            num_factors=num_factors,
            temperature=temperature,
            p=p,
            std=std,
        )
        self.items, self.words = tower(num_items), tower(num_words)
        self.exchange = FactorExchange()

    @classmethod
    def from_data(cls, data: HeteroData, **config: Any) -> Self:
        """As in :meth:`Recommender.from_data`; the number of words is that of the prepared graph."""
        check_is_graph(data, f"{cls.__name__}.from_data")
        if "num_words" not in config and dims(data):
            graph = data if "word" in data.node_types else cls.prepare(data)
            config = {**config, "num_words": graph["word"].num_nodes}
        return super().from_data(data, **config)

    @classmethod
    def pre_transform(
        cls,
        k: int = 10,
        weights: Mapping[str, float] | None = None,
        num_words: int = 256,
        given: Sequence[str] = (),
        min_df: int = 1,
        max_df: float = 1.0,
        search: Search = "exact",
    ) -> BaseTransform:
        """The item graph of k nearest, fused by ``weights``, and the words of items and users.

        See :class:`~pygmmrec.transforms.ItemKNNGraph`, :class:`~pygmmrec.transforms.FuseItemGraphs`,
        :class:`~pygmmrec.transforms.ItemWords` and :class:`~pygmmrec.transforms.UserWords`. For words of raw
        text the paper has ``min_df=5`` and ``max_df=0.6``.
        """
        graph = [ItemKNNGraph(k, search=search, norm="row"), FuseItemGraphs(weights)]
        words = [ItemWords(num_words, given=given), UserWords(min_df, max_df)]
        return Prepare(cls.__name__, [ProfileEdges(), *graph, *words, ToAdj()])

    def reset_parameters(self) -> None:
        self.items.reset_parameters()
        self.words.reset_parameters()

    def node_tables(self) -> dict[str, NodeType]:
        """Of items and of words. Words are other words in another graph: to :meth:`grow`, both graphs have to
        say by ``data['word'].raw_id`` which they are.
        """
        towers = (("items", "item"), ("words", "word"))
        return {f"{tower}.{weight}": kind for tower, kind in towers for weight in ("code", "weight")}

    def user_rows(self, data: HeteroData) -> tuple[Adj, Adj]:
        """What users chose, [U, I], and the words for it, [U, W]."""
        check_features(data, self.modality_dims, self)
        chosen, words = self.adj(data, PROFILES), self.adj(data, USER_WORDS)
        fits = words.num_cols == self.num_words
        check(fits, "data", f"a graph of {self.num_words} words", self, words.num_cols)
        return chosen, words

    def forward(self, data: HeteroData) -> Embeddings:
        chosen, words = self.user_rows(data)
        share = self.items.log_share()
        z_items, _ = self.items.encode(chosen, share, self.adj(data, FUSED))
        z_words, _ = self.words.encode(words, self.words.log_share())
        of_words, of_items = self.exchange(z_items, z_words)
        user = (of_words + of_items).flatten(1)  # [U, K, D] -> [U, K D]
        return Embeddings(user, torch.cat([unit_rows(self.items.code), share], dim=1))  # [I, D + K]

    def score(self, out: Embeddings, user_index: Tensor) -> Tensor:
        z = out.user[user_index].unflatten(1, (self.num_factors, -1))  # [B, K D] -> [B, K, D]
        code, share = out.item.split([self.embedding_dim, self.num_factors], dim=1)
        return mixture_scores(z, code, share, self.temperature)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        user, count = batch.user.unique(return_counts=True)
        chosen, words = (select_rows(adj, user) for adj in self.user_rows(data))  # [B, I], [B, W]
        share_here = count.to(self.items.code.dtype) / chosen.degree().clamp(min=1)  # one over an epoch
        towers = ((self.items, chosen, self.adj(data, FUSED)), (self.words, words, None))
        shares, z, kl = [], [], []
        for tower, x, graph in towers:
            share = tower.log_share(sample=self.training)
            mean, log_var = tower.encode(x, share, graph, sample=self.training)
            shares.append(share)
            z.append(tower.draw(mean, log_var) if self.training else mean)
            kl.append(kl_loss(log_var, weight=share_here))
        of_words, of_items = self.exchange(*z)
        both = of_words + of_items  # [B, K, D]
        likelihood = [
            blocked_multinomial_loss(
                partial(tower.decode, log_share=share), both, x.to_dense(), tower.block_height, share_here
            )
            for (tower, x, _), share in zip(towers, shares, strict=True)
        ]
        return {
            "items": likelihood[0],
            "words": self.words_weight * likelihood[1],
            "kl": self.kl_weight * (kl[0] + self.words_weight * kl[1]),
            "contrast": self.contrast_weight * factor_contrast_loss(of_items, of_words, weight=share_here),
        }
