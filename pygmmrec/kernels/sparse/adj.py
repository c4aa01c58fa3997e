"""The sparse matrix that every propagation multiplies with."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor

from pygmmrec.utils.check import check


class Adj:
    r"""A sparse matrix :math:`A` of shape [num_rows, num_cols] in CSR form, which knows its transpose.

    It is immutable. Rows are destinations and columns are sources, as in PyG's ``adj_t``, so that
    ``spmm(adj, x)`` sums over each row's neighbours. Indices are int64 throughout: with int32, torch's
    reduce kernel returns silently wrong gradients above about 46,341 rows.

    Args:
        rowptr: Start of each row in ``col``, [num_rows + 1] int64.
        col: Column of each entry, [E] int64, sorted within its row.
        value: Weight of each entry, [E]; ones if not given. May require a gradient.
        num_cols: Number of columns.
        symmetric: Declares :math:`A = A^\top`, so that no transpose is ever built. It is a promise of
            whoever made the matrix (a transform), not something that is checked here: a directed kNN
            graph is not symmetric.

    Attributes:
        made_from: The ``edge_index`` of a graph whose matrix this is, as long as that is known: a graph with
            another one has other edges.

    Raises:
        ValueError: If an index is not int64, a shape does not fit, or a symmetric matrix is not square.
    """

    def __init__(
        self,
        rowptr: Tensor,
        col: Tensor,
        value: Tensor | None = None,
        *,
        num_cols: int,
        symmetric: bool = False,
    ) -> None:
        check(rowptr.dtype == torch.int64, "rowptr", "int64", self, rowptr.dtype)
        check(col.dtype == torch.int64, "col", "int64", self, col.dtype)
        if value is None:
            value = torch.ones(col.numel(), device=col.device)
        check(value.shape == col.shape, "value", f"of shape {list(col.shape)}", self, list(value.shape))
        num_rows = rowptr.numel() - 1
        square = num_rows == num_cols
        check(square or not symmetric, "symmetric", "False where the matrix is not square", self, symmetric)
        self.rowptr = rowptr
        self.col = col
        self.value = value
        self.num_cols = num_cols
        self.symmetric = symmetric
        self.made_from: Tensor | None = None
        self._transpose: Adj | None = None
        self._transpose_places: tuple[Tensor, Tensor, Tensor] | None = None
        self._row: Tensor | None = None
        self._csr: Tensor | None = None

    @classmethod
    def from_edge_index(
        cls,
        edge_index: Tensor,
        edge_weight: Tensor | None = None,
        *,
        size: tuple[int, int],
        symmetric: bool = False,
    ) -> Adj:
        """Build the [num_dst, num_src] matrix of a graph; parallel edges stay separate entries.

        Args:
            edge_index: Source and destination of each edge, [2, E] int64, in any order.
            edge_weight: Weight of each edge, [E]; ones if not given.
            size: ``(num_src, num_dst)``, as PyG counts a bipartite graph.
            symmetric: See :class:`Adj`.
        """
        num_src, num_dst = size
        src, dst = edge_index[0], edge_index[1]
        perm = torch.argsort(dst * num_src + src, stable=True)
        weight = None if edge_weight is None else edge_weight[perm]
        return cls(_rowptr(dst, num_dst), src[perm], weight, num_cols=num_src, symmetric=symmetric)

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return self.rowptr.numel() - 1

    @property
    def nnz(self) -> int:
        """Number of stored entries E."""
        return self.col.numel()

    @property
    def edge_index(self) -> Tensor:
        """Source and destination of each entry, [2, E], by destination, then source."""
        return torch.stack([self.col, self.row])

    @property
    def device(self) -> torch.device:
        """Where the matrix lies."""
        return self.col.device

    @property
    def row(self) -> Tensor:
        """Row of each entry, [E] int64; computed once."""
        if self._row is None:
            self._row = torch.repeat_interleave(self.degree(), output_size=self.nnz)
        return self._row

    @property
    def transpose_perm(self) -> Tensor:
        """Position in this matrix of each entry of the transpose, [E] int64; computed once."""
        return self._find_transpose()[0]

    def _find_transpose(self) -> tuple[Tensor, Tensor, Tensor]:
        """The transpose without its weights, found once: positions in this one, row pointer and columns."""
        if self._transpose_places is None:
            perm = torch.argsort(self.col, stable=True)
            self._transpose_places = perm, _rowptr(self.col, self.num_cols), self.row[perm]
        return self._transpose_places

    def degree(self) -> Tensor:
        """Number of entries of each row, [num_rows] int64."""
        return self.rowptr.diff()

    def csr(self) -> Tensor:
        """The matrix as a torch sparse CSR tensor, without gradient; built once."""
        if self._csr is None:
            with warnings.catch_warnings():  # "Sparse CSR tensor support is in beta", once per process
                warnings.simplefilter("ignore")
                self._csr = torch.sparse_csr_tensor(
                    self.rowptr,
                    self.col,
                    self.value.detach(),
                    size=(self.num_rows, self.num_cols),
                    check_invariants=False,
                )
        return self._csr

    def t(self) -> Adj:
        """The transpose, [num_cols, num_rows]: the matrix itself if symmetric, otherwise built once.

        Where the weights carry a gradient it is built at each call: a kept one would hold a graph that the
        next backward frees, or none at all if it was first asked for without gradient.
        """
        if self.symmetric:
            return self
        if self._transpose is not None:
            return self._transpose
        perm, rowptr, col = self._find_transpose()
        out = Adj(rowptr, col, self.value.index_select(0, perm), num_cols=self.num_rows)
        if not self.value.requires_grad:
            out._transpose = self
            self._transpose = out
        return out

    def with_value(self, value: Tensor) -> Adj:
        """The same entries with other weights, [E]; their places, and those in the transpose, are shared."""
        out = Adj(self.rowptr, self.col, value, num_cols=self.num_cols)
        out._row, out._transpose_places = self._row, self._transpose_places
        return out

    def keep(self, mask: Tensor) -> Adj:
        """The entries that a mask [E] keeps, in their order; the shape stays."""
        kept = torch.cat([mask.new_zeros(1, dtype=torch.int64), mask.cumsum(0)])
        return Adj(kept[self.rowptr], self.col[mask], self.value[mask], num_cols=self.num_cols)

    def detach(self) -> Adj:
        """The same matrix, with weights that no gradient reaches."""
        return self.with_value(self.value.detach()) if self.value.requires_grad else self

    def to(self, *args: Any, **kwargs: Any) -> Adj:
        """Move to a device, or change the dtype of the weights; arguments as for ``Tensor.to``."""
        value = self.value.to(*args, **kwargs)
        if value is self.value:
            return self
        rowptr, col = self.rowptr.to(value.device), self.col.to(value.device)
        return Adj(rowptr, col, value, num_cols=self.num_cols, symmetric=self.symmetric)

    def cpu(self) -> Adj:
        """Move to the CPU."""
        return self.to("cpu")

    def cuda(self, *args: Any, **kwargs: Any) -> Adj:
        """Move to a CUDA device; arguments as for ``Tensor.cuda``."""
        return self.to(self.value.cuda(*args, **kwargs).device)

    def to_dense(self) -> Tensor:
        """The matrix as a dense tensor [num_rows, num_cols], with gradient; for small cases only."""
        dense = self.value.new_zeros(self.num_rows * self.num_cols)
        return dense.index_add(0, self.row * self.num_cols + self.col, self.value).view(self.num_rows, -1)

    def __getstate__(self) -> dict[str, Any]:
        caches = ("_transpose", "_transpose_places", "_row", "_csr")
        return {key: None if key in caches else value for key, value in self.__dict__.items()}

    def __repr__(self) -> str:
        symmetric = ", symmetric=True" if self.symmetric else ""
        return f"{type(self).__name__}([{self.num_rows}, {self.num_cols}], nnz={self.nnz}{symmetric})"


def _rowptr(row: Tensor, num_rows: int) -> Tensor:
    """CSR row pointer of unsorted row indices, [num_rows + 1]."""
    count = torch.bincount(row, minlength=num_rows)
    return torch.cat([count.new_zeros(1), count.cumsum(0)])
