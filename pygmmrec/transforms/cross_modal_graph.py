"""Item graphs of a modality, of edges that no other modality speaks against."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, pooled_modalities
from pygmmrec.kernels.neighbours.knn import stable_topk
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.normalize import normalize
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import Modalities, item_edge_type
from pygmmrec.utils.check import check, check_integer


class CrossModalGraph(GraphTransform):
    r"""Connect each item to the k most similar of the items that are not unlike it in any modality, one graph
    ``<modality>_knn`` per modality (DA-MRS, `arXiv 2406.12501 <https://arxiv.org/abs/2406.12501>`_).

    .. math::
        \text{i and j stay if} \quad \cos_m(i, j) \ge \frac{1}{I^2} \sum_{i', j'} \cos_m(i', j')
        \quad \text{for every } m

    Edges weigh one, normalised by row sums on both sides. They run from neighbour to item; an item is its own
    neighbour, and has fewer than k where fewer stay. Where an item of a pair lacks a modality, that test is
    left out, and it has no edge in that graph. The mean of all cosines is the squared length of the mean
    row; blocks of rows are compared at a time, so that memory is O(I · k) and never I × I. Equal
    similarities are decided by the smaller index.

    Args:
        k: Neighbours of each item. (default: ``10``)
        block_size: Rows compared at a time. (default: ``1024``)

    Raises:
        ValueError: If an argument is smaller than one, the data have no modality, or ``k`` exceeds the number
            of items.
    """

    def __init__(self, k: int = 10, *, block_size: int = 1024) -> None:
        self.k = check_integer(k, "k", self, at_least=1)
        self.block_size = check_integer(block_size, "block_size", self, at_least=1)

    def forward(self, data: HeteroData) -> HeteroData:
        num_items, available = data["item"].num_nodes, availability(data)
        check(self.k <= num_items, "k", f"at most {num_items}, the number of items", self, self.k)
        units = {name: unit_rows(x) for name, x in pooled_modalities(data).items()}
        check(len(units) > 0, "data", "a graph with features of items", self, sorted(units))
        least = {}
        for name, unit in units.items():
            having = unit if name not in available else unit[available[name]]
            least[name] = having.mean(dim=0).square().sum()
        edges: dict[str, list[Tensor]] = {name: [] for name in units}
        for rows in torch.arange(num_items, device=next(iter(units.values())).device).split(self.block_size):
            for name, found in self._block(units, available, least, rows).items():
                edges[name].append(found)
        for name, blocks in edges.items():
            edge_index = torch.cat(blocks, dim=1)
            weight = normalize(edge_index, None, (num_items, num_items), "sym", same_nodes=True)
            rewire(data[item_edge_type(f"{name}_knn")], edge_index=edge_index, edge_weight=weight)
        return data

    def _block(
        self, units: Modalities, available: Modalities, least: dict[str, Tensor], rows: Tensor
    ) -> dict[str, Tensor]:
        """Edges to some items by modality, [2, E_b]."""
        cosine = {name: unit[rows] @ unit.t() for name, unit in units.items()}  # [b, F] x [F, I] -> [b, I]
        both, stays = {}, torch.ones_like(next(iter(cosine.values())), dtype=torch.bool)
        for name, similarity in cosine.items():
            both[name] = torch.ones_like(stays)
            if name in available:
                both[name] = available[name][rows].unsqueeze(1) & available[name]
            stays &= (similarity >= least[name]) | ~both[name]
        found = {}
        for name, similarity in cosine.items():
            index, value = stable_topk(similarity.masked_fill(~(stays & both[name]), -torch.inf), self.k)
            kept = value > -torch.inf  # [b, k]
            found[name] = torch.stack([index[kept], rows.unsqueeze(1).expand_as(index)[kept]])
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}(k={self.k})"
