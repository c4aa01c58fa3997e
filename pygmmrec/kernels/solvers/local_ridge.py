"""Ridge regressions of each column on some others: EASE without a dense inverse."""

from __future__ import annotations

import torch
from torch import Tensor

from pygmmrec.kernels.solvers.candidates import candidates
from pygmmrec.kernels.solvers.gram import Gram

NUMBERS = 1 << 22
"""Entries of small Gram matrices in memory at a time."""


@torch.no_grad()
def local_ridge(gram: Gram, k: int, ridge: float) -> tuple[Tensor, Tensor]:
    r"""The weights of each column's ridge regression on its k best candidates N:
    :math:`w_j = (G_{NN} + \lambda I)^{-1} G_{Nj}`.

    With all others as candidates these are the columns of EASE,
    :math:`I - P \, \mathrm{diag}(P)^{-1}` of :math:`P = (G + \lambda I)^{-1}`.

    Args:
        gram: G of the columns.
        k: Number of candidates, see :func:`~.candidates`.
        ridge: :math:`\lambda`.

    Shapes:
        - **output:** candidates [I, k] int32, -1 where there are fewer; weights [I, k]
    """
    counts = _Entries(gram.num_cols)
    index = candidates(gram, k, ridge, unrelated=True, seen=counts.add)  # [I, k]
    counts.close()
    weights = []
    for block in torch.arange(gram.num_cols, device=index.device).split(max(1, NUMBERS // (k * k))):
        none = index[block] < 0  # [b, k]
        near = index[block].long().masked_fill(none, 0)
        matrix = counts.at(near.unsqueeze(2), near.unsqueeze(1)) + gram.of_content(near, near)  # [b, k, k]
        column = block.unsqueeze(1)  # [b, 1]
        target = counts.at(near, column).unsqueeze(2) + gram.of_content(near, column)  # [b, k, 1]
        matrix.masked_fill_(none.unsqueeze(2) | none.unsqueeze(1), 0.0)
        matrix.diagonal(dim1=1, dim2=2).add_(ridge + none.to(matrix))  # regular, whoever is missing
        solved = torch.cholesky_solve(target, torch.linalg.cholesky(matrix)).squeeze(2)
        weights.append(solved.masked_fill_(none, 0.0))
    return index, torch.cat(weights)


class _Entries:
    """The entries of a square matrix that are not zero, looked up by row and column."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._keys: list[Tensor] = []
        self._values: list[Tensor] = []

    def add(self, block: Tensor, rows: Tensor) -> None:
        """Take in some rows, which come in ascending order: [b] and [b, size]."""
        place = rows.flatten().nonzero().squeeze(1)
        self._keys.append(place + int(block[0]) * self._size)
        self._values.append(rows.flatten()[place])

    def close(self) -> None:
        """No more rows come."""
        self._key, self._value = torch.cat(self._keys), torch.cat(self._values)
        self._keys.clear()
        self._values.clear()

    def at(self, row: Tensor, col: Tensor) -> Tensor:
        """Entries by row and column, which are broadcast."""
        key = row * self._size + col
        place = torch.searchsorted(self._key, key).clamp(max=max(0, self._key.numel() - 1))
        return self._value[place].masked_fill_(self._key[place] != key, 0.0)
