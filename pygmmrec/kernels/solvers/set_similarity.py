"""How alike sets are by what they have in common: cosine, tf-idf and BM25."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.dense_product import dense_product
from pygmmrec.utils.check import check

Similarity: TypeAlias = Literal["cosine", "tf-idf", "bm25"]
SIMILARITIES = ("cosine", "tf-idf", "bm25")

K1, B = 1.2, 0.75
"""The constants of BM25, as its literature has them."""


class SetSimilarity:
    r"""Similarities of sets to the N sets of a binary matrix X, whose S columns are members, such as the
    users of an item. Member s is in :math:`d_s` sets and weighs :math:`\mathrm{idf}_s`:

    - ``cosine``: :math:`\mathrm{idf}_s = 1`
    - ``tf-idf``, ``bm25``: :math:`\mathrm{idf}_s = \log \frac{1 + N}{1 + d_s}`

    A similarity is
    :math:`\frac{\sum_s d_s^{-p} x_{is} x_{js}}{\lVert x_i \rVert^{2a} \lVert x_j \rVert^{2 (1 - a)} + h}` of
    weighed sets: what two sets have in common counts less where many have it, and their lengths stay, or else
    sets of one such member would be alike. ``bm25`` divides by no lengths; each weight is multiplied by
    :math:`\frac{k_1 + 1}{k_1 (1 - b + b \, |X_i| / \overline{|X|}) + 1}` instead.

    Args:
        sets: X, [N, S]; its values give the precision and are otherwise not looked at.
        kind: ``cosine``, ``tf-idf`` or ``bm25``.
        damping: p, how far members of many sets count less.
        shrink: h, which lets similarities of small sets count less.
        asymmetry: a, of the first set; one half for both alike.

    Raises:
        ValueError: If ``kind`` is unknown.
    """

    def __init__(
        self,
        sets: Adj,
        kind: Similarity,
        *,
        damping: float,
        shrink: float,
        asymmetry: float,
    ) -> None:
        check(kind in SIMILARITIES, "similarity", f"one of {SIMILARITIES}", self, kind)
        self.kind, self.shrink, self.asymmetry = kind, shrink, asymmetry
        size = sets.degree().to(sets.value)  # [N]
        degree = sets.col.bincount(minlength=sets.num_cols).to(sets.value)  # [S]
        weight = torch.ones_like(degree)
        if kind != "cosine":
            weight = ((1 + sets.num_rows) / (1 + degree)).log()
        self._weight, self._mean_size = weight, size.mean()
        weighed = self._weighed(sets)
        damped = weighed.with_value(weighed.value * degree.clamp(min=1).pow(-damping)[weighed.col])
        self._length = _squares(weighed).pow(1 - asymmetry)  # [N]
        self._members = damped.t()  # [S, N]

    def __call__(self, sets: Adj) -> Tensor:
        """Similarities of some sets to all; ``-inf`` where they have nothing in common: [B, S] to [B, N]."""
        weighed = self._weighed(sets)
        out = dense_product(weighed, self._members)  # [B, N]
        apart = out <= 0
        if self.kind != "bm25":
            length = _squares(weighed).pow(self.asymmetry).unsqueeze(1)  # [B, 1]
            out /= (length * self._length + self.shrink).masked_fill_(apart, 1.0)
        return out.masked_fill_(apart, -torch.inf)

    def _weighed(self, sets: Adj) -> Adj:
        value = self._weight[sets.col]  # [E]
        if self.kind == "bm25":
            size = sets.degree().to(value) / self._mean_size
            value = value * ((K1 + 1) / (K1 * (1 - B + B * size) + 1))[sets.row]
        return sets.with_value(value)


def _squares(adj: Adj) -> Tensor:
    """Sum of squares of each row, [N]."""
    return adj.value.new_zeros(adj.num_rows).index_add(0, adj.row, adj.value.square())
