"""The Gram matrix of a sparse matrix, a block of rows at a time."""

from __future__ import annotations

from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.dense_product import dense_product
from pygmmrec.kernels.sparse.select_rows import select_rows


class Gram:
    r"""Rows of :math:`G = X^\top X + F F^\top`, never all of them unless asked for.

    Args:
        x: X, binary, [U, I]; its values give the precision.
        content: F, [I, D]; ``None`` for none. (default: ``None``)

    Attributes:
        diagonal: Of G, [I].
    """

    def __init__(self, x: Adj, content: Tensor | None = None) -> None:
        self._x, self._t, self._content = x, x.t(), content
        self.num_cols = x.num_cols
        self.diagonal = self._t.degree().to(x.value)
        if content is not None:
            self.diagonal = self.diagonal + content.square().sum(dim=1)

    def counts(self, index: Tensor) -> Tensor:
        r"""Some rows of :math:`X^\top X`, of which few entries are not zero: [B] to [B, I]."""
        return dense_product(select_rows(self._t, index), self._x)

    def of_content(self, row: Tensor, col: Tensor | None = None) -> Tensor | float:
        r"""Some entries of :math:`F F^\top`, 0 without content: [B] to [B, I], or [b, m] and [b, n] to
        [b, m, n]."""
        if self._content is None:
            return 0.0
        other = self._content if col is None else self._content[col]
        return self._content[row] @ other.mT
