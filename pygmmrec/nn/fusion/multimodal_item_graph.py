"""The item graph of LATTICE: what features say, and what is learned of them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.sparse.add_adj import add_adj
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.normalize import normalize
from pygmmrec.nn.conv.latent_item_graph import LatentItemGraph
from pygmmrec.nn.feature import Reduce
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_number


class MultimodalItemGraph(nn.Module):
    r"""Learn an item graph for each modality, add it to that of the raw features, and fuse the modalities
    (LATTICE, `arXiv 2104.09036 <https://arxiv.org/abs/2104.09036>`_).

    .. math::
        A = \sum_m a_m \big( \lambda \tilde{S}_m + (1 - \lambda) \tilde{A}_m \big), \qquad
        \tilde{A}_m = \mathcal{L}(\mathrm{kNN}(\cos(W_m x_m + b_m))), \qquad a = \mathrm{softmax}(w)

    :math:`\tilde{S}_m` is the graph of the raw features, and :math:`\mathcal{L}` divides by the roots of both
    row sums. Nothing has I × I entries: each learned graph is a :class:`LatentItemGraph`. Where an item lacks
    a modality, its learned graph has no edge there.

    Args:
        in_channels: Feature size :math:`F_m` by modality.
        channels: Size of the space in which neighbours are sought.
        k: Neighbours of each item. (default: ``10``)
        skip: :math:`\lambda`, the share of the raw features' graph. (default: ``0.9``)
        normalize_first: Whether learned graphs are normalised before they are fused; the released code does
            it after, :math:`\mathcal{L}(\sum_m a_m \mathrm{kNN}(\cdot))`. (default: ``True``)
        search: How neighbours are found, see :class:`~pygmmrec.transforms.ItemKNNGraph`. (default: ``exact``)

    Shapes:
        - **input:** features by modality [I, :math:`F_m`]; graphs of the raw features by modality,
          :class:`~.Adj` [I, I]; optionally, by modality, which items have it, bool [I]
        - **output:** :class:`~.Adj` [I, I] with at most 2 · M · I · k entries

    Raises:
        ValueError: If an argument is out of range, or the input lacks a modality.
    """

    def __init__(
        self,
        in_channels: Mapping[str, int],
        channels: int,
        *,
        k: int = 10,
        skip: float = 0.9,
        normalize_first: bool = True,
        search: Search = "exact",
    ) -> None:
        super().__init__()
        self.skip = check_number(skip, "skip", self, at_least=0, at_most=1)
        self.normalize_first = normalize_first
        self.project = Reduce(in_channels, channels, bias=True)
        self.graph = LatentItemGraph(k, norm="sym" if normalize_first else "none", search=search)
        one = len(in_channels) == 1  # its share is one, whatever the weight
        self.weight = None if one else nn.Parameter(torch.empty(len(in_channels)))  # w
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the projections again; modalities start with equal shares."""
        self.project.reset_parameters()
        if self.weight is not None:
            nn.init.zeros_(self.weight)

    def forward(
        self, x: Modalities, original: Mapping[str, Adj], available: Mapping[str, Tensor] | None = None
    ) -> Adj:
        names = list(self.project.in_channels)
        for name in names:
            wanted = f"graphs that include that of {name!r}"
            check(name in original, "original", wanted, self, sorted(original))
        latent = self.project(x)  # by modality [I, F_m] -> [I, D]
        share = [1.0] if self.weight is None else self.weight.softmax(dim=0).unbind()  # [M]
        graphs = [self.graph(latent[name], (available or {}).get(name)) for name in names]
        learned = add_adj(graphs, share)
        if not self.normalize_first:
            edge_index, size = torch.stack([learned.col, learned.row]), (learned.num_cols, learned.num_rows)
            learned = learned.with_value(normalize(edge_index, learned.value, size, "sym", same_nodes=True))
        raw = [original[name] for name in names]
        return add_adj([*raw, learned], [*(self.skip * a for a in share), 1 - self.skip])

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.project.in_channels}, {self.project.out_channels}, "
            f"k={self.graph.k}, skip={self.skip}, normalize_first={self.normalize_first})"
        )
