"""Words of items, read or made up."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.neighbours.spherical_kmeans import spherical_kmeans
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import ITEM_WORDS
from pygmmrec.utils.check import check, check_integer


class ItemWords(GraphTransform):
    r"""Say what items are about in words: nodes ``word``, and edges ``('word', 'describes', 'item')`` whose
    weights are the counts of words.

    A modality among ``given`` is an item-by-word matrix already, such as a bag of words, and its columns are
    the words. Of any other there are only vectors, and words are made up: the centres of a k-means of its
    directions, of which an item has those it is nearest to, once each. That is an approximation of text, not
    text. The words of all modalities are one vocabulary; an item that lacks a modality has none of its words.

    Args:
        num_words: Words made up for a modality, at most one for five items. (default: ``256``)
        words_per_item: How many of them an item has. (default: ``3``)
        given: Modalities that are item-by-word matrices. (default: ``()``)

    Raises:
        ValueError: If an argument is out of range, a given modality is not in the data or negative, or
            a modality is of tokens or maps.
    """

    def __init__(self, num_words: int = 256, *, words_per_item: int = 3, given: Sequence[str] = ()) -> None:
        self.num_words = check_integer(num_words, "num_words", self, at_least=1)
        self.words_per_item = check_integer(words_per_item, "words_per_item", self, at_least=1)
        self.given = list(given)

    def forward(self, data: HeteroData) -> HeteroData:
        features, available = modalities(data, where=self), availability(data)
        for name in self.given:
            check(name in features, "given", f"modalities among {sorted(features)}", self, name)
        check(len(features) > 0, "data", "a graph with at least one modality", self, sorted(features))
        edges, counts, size = [], [], 0
        for name, x in features.items():
            everywhere = torch.ones_like(x[:, 0], dtype=torch.bool)
            having = available.get(name, everywhere).nonzero().squeeze(-1)  # [H]
            bag = self._bag(name, x[having])  # [H, F] -> [H, W_m]
            row, word = bag.nonzero().t()
            edges.append(torch.stack([word + size, having[row]]))
            counts.append(bag[row, word].float())
            size += bag.size(1)
        data["word"].num_nodes = size
        rewire(data[ITEM_WORDS], edge_index=torch.cat(edges, dim=1), edge_weight=torch.cat(counts))
        return data

    def _bag(self, name: str, x: Tensor) -> Tensor:
        if name in self.given:
            check(bool((x >= 0).all()), "given", "modalities without negative numbers", self, name)
            return x
        centres = spherical_kmeans(x, min(self.num_words, max(x.size(0) // 5, 1)))
        similarity = unit_rows(x) @ centres.t()  # [H, F] x [F, W_m] -> [H, W_m]
        nearest = similarity.topk(min(self.words_per_item, centres.size(0)), dim=1).indices
        return torch.zeros_like(similarity).scatter_(1, nearest, 1.0)

    def __repr__(self) -> str:
        shown = f"num_words={self.num_words}, words_per_item={self.words_per_item}, given={self.given}"
        return f"{type(self).__name__}({shown})"
