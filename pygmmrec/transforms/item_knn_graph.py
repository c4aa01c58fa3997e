"""Item-item graphs from the similarity of raw features."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, pooled_modalities
from pygmmrec.kernels.neighbours.knn import (
    SEARCHES,
    Search,
    neighbours_to_edge_index,
    search_recall,
    topk_cosine,
)
from pygmmrec.kernels.sparse.normalize import NORMS, Norm, normalize
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import item_edge_type
from pygmmrec.utils.check import check, check_integer

logger = logging.getLogger(__name__)


class ItemKNNGraph(GraphTransform):
    r"""Connect each item to its k most similar items, one graph ``<modality>_knn`` per modality.

    Similarity is the cosine of the raw features, as in `LATTICE <https://arxiv.org/abs/2104.09036>`_ and
    `FREEDOM <https://arxiv.org/abs/2211.06924>`_. Edges run from neighbour to item, and the graph is
    directed: being someone's neighbour is not mutual. Blocks of rows are searched at a time, so memory is
    O(I) and never I × I; equal similarities are decided by the smaller index. An item that lacks the modality
    has no edge in its graph. Tokens and maps are compared by their mean over places.

    Args:
        k: Neighbours of each item. (default: ``10``)
        modality: One modality, several, or ``None`` for all. (default: ``None``)
        weighted: Whether edges weigh their cosine, clamped at zero, or one. (default: ``False``)
        include_self: Whether an item can be its own neighbour, as the field's public graphs have it.
            (default: ``True``)
        norm: ``sym`` for :math:`D^{-1/2} S D^{-1/2}` by row sums, ``row`` for :math:`D^{-1} S`, or ``none``.
            (default: ``sym``)
        block_size: Rows searched at a time. (default: ``1024``)
        search: ``exact``, which takes time that grows with I², or ``approximate`` by faiss (extra ``faiss``),
            whose recall, measured on a thousand items, is in the log. (default: ``exact``)

    Raises:
        ValueError: If an argument is out of range, the modality is not in the data, or ``k`` exceeds the
            number of items.
        ModuleNotFoundError: If ``search`` is approximate and faiss is not installed.
    """

    def __init__(
        self,
        k: int = 10,
        *,
        modality: str | Sequence[str] | None = None,
        weighted: bool = False,
        include_self: bool = True,
        norm: Norm = "sym",
        block_size: int = 1024,
        search: Search = "exact",
    ) -> None:
        check(search in SEARCHES, "search", f"one of {SEARCHES}", self, search)
        check(norm in NORMS, "norm", f"one of {NORMS}", self, norm)
        self.k = check_integer(k, "k", self, at_least=1)
        self.modality = [modality] if isinstance(modality, str) else modality
        self.weighted = weighted
        self.include_self = include_self
        self.norm: Norm = norm
        self.block_size = check_integer(block_size, "block_size", self, at_least=1)
        self.search: Search = search

    def forward(self, data: HeteroData) -> HeteroData:
        size = (data["item"].num_nodes, data["item"].num_nodes)
        features, available = pooled_modalities(data), availability(data)
        for name in features if self.modality is None else self.modality:
            check(name in features, "modality", f"one of {sorted(features)}", self, name)
            x = features[name]
            having = available[name].nonzero().squeeze(-1) if name in available else None  # [H]
            x = x if having is None else x[having]
            index, similarity = topk_cosine(
                x,
                self.k,
                include_self=self.include_self,
                block_size=self.block_size,
                search=self.search,
            )
            if self.search == "approximate":
                share = search_recall(x, index, include_self=self.include_self, block_size=self.block_size)
                logger.info("%s: %.4f of the %d nearest were found", name, share, self.k)
            edge_index = neighbours_to_edge_index(index)  # [H, k] -> [2, H k]
            edge_index = edge_index if having is None else having[edge_index]
            weight = similarity.clamp(min=0).flatten() if self.weighted else None
            weight = normalize(edge_index, weight, size, self.norm, same_nodes=True)
            rewire(data[item_edge_type(f"{name}_knn")], edge_index=edge_index, edge_weight=weight)
        return data

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(k={self.k}, modality={self.modality}, weighted={self.weighted}, "
            f"include_self={self.include_self}, norm={self.norm!r}, search={self.search!r})"
        )
