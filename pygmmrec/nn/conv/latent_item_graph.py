"""An item graph learned from features, without any I × I matrix."""

import torch
from torch import Tensor, nn

from pygmmrec.kernels.neighbours.knn import SEARCHES, Search, topk_cosine
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.edge_dot import edge_dot
from pygmmrec.kernels.sparse.normalize import NORMS, Norm, normalize
from pygmmrec.utils.check import check, check_integer, check_number


class LatentItemGraph(nn.Module):
    r"""Connect each item to its k nearest items in a learned space, with weights that carry a gradient.

    The neighbours are found without gradient, in blocks; the cosine of the kept edges is then computed again
    with gradient in O(I · k · D), clamped at zero and normalised (eq. 14 of CRANE, `arXiv 2601.11151
    <https://arxiv.org/abs/2601.11151>`_; the learned graph of LATTICE, `arXiv 2104.09036
    <https://arxiv.org/abs/2104.09036>`_).

    Args:
        k: Neighbours of each item. (default: ``10``)
        include_self: Whether an item can be its own neighbour. (default: ``True``)
        norm: ``row`` so that each item's weights sum to one, ``sym``, or ``none``. (default: ``row``)
        temperature: Sharpens the kept weights: :math:`\exp((\cos - 1) / \tau)` in place of the clamped
            cosine, which with ``row`` is a softmax over the neighbours. (default: ``None``, the cosine)
        search: How neighbours are found, see :class:`~pygmmrec.transforms.ItemKNNGraph`. (default: ``exact``)

    Shapes:
        - **input:** item features [I, D]; optionally which items have them, bool [I]: the others get no edge,
          and where fewer than k candidates are left, all of them are neighbours
        - **output:** :class:`~.Adj` [I, I] with I · k entries, or fewer with a mask

    Raises:
        ValueError: If an argument is out of range, ``k`` exceeds the number of items, or the mask does not
            fit.
    """

    def __init__(
        self,
        k: int = 10,
        *,
        include_self: bool = True,
        norm: Norm = "row",
        temperature: float | None = None,
        search: Search = "exact",
    ) -> None:
        super().__init__()
        check(search in SEARCHES, "search", f"one of {SEARCHES}", self, search)
        check(norm in NORMS, "norm", f"one of {NORMS}", self, norm)
        self.k = check_integer(k, "k", self, at_least=1)
        self.include_self = include_self
        self.norm: Norm = norm
        self.search: Search = search
        self.temperature = (
            None if temperature is None else check_number(temperature, "temperature", self, above=0)
        )

    def forward(self, x: Tensor, available: Tensor | None = None) -> Adj:
        num_items = x.size(0)
        if available is None:
            return self._normalized(self._neighbours(x, self.k))
        fits = available.dtype == torch.bool and available.shape == x.shape[:1]
        check(fits, "available", f"a bool mask [{num_items}]", self, list(available.shape))
        having = available.nonzero().squeeze(-1)  # [H]
        k = min(self.k, having.numel() - (not self.include_self))
        if k < 1:
            none = having.new_zeros(num_items + 1)
            return Adj(none, having[:0], x.new_zeros(0), num_cols=num_items)
        among = self._neighbours(rows(x, having), k)  # [H, H]
        rowptr = torch.cat([having.new_zeros(1), (available * k).cumsum(0)])  # [I + 1]
        return self._normalized(Adj(rowptr, having[among.col], among.value, num_cols=num_items))

    def _neighbours(self, x: Tensor, k: int) -> Adj:
        num_items = x.size(0)
        index, _ = topk_cosine(x, k, include_self=self.include_self, search=self.search)
        index = index.sort(dim=-1).values  # [I, k], in the order of a CSR row
        rowptr = torch.arange(0, num_items * k + 1, k, device=x.device)
        places = Adj(rowptr, index.flatten(), x.new_ones(index.numel()), num_cols=num_items)
        unit = unit_rows(x)
        return places.with_value(self._weight(edge_dot(places, unit, unit)))  # [I k]

    def _weight(self, cosine: Tensor) -> Tensor:
        return cosine.clamp(min=0) if self.temperature is None else ((cosine - 1) / self.temperature).exp()

    def _normalized(self, adj: Adj) -> Adj:
        edge_index, size = torch.stack([adj.col, adj.row]), (adj.num_cols, adj.num_rows)
        return adj.with_value(normalize(edge_index, adj.value, size, self.norm, same_nodes=True))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(k={self.k}, include_self={self.include_self}, norm={self.norm!r}, "
            f"temperature={self.temperature}, search={self.search!r})"
        )
