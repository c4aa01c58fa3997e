r"""A·X, said once: sparse times dense with a hand-written backward.

Autograd through a CSR product transposes the matrix again on every backward; here the transpose is
cached on the :class:`~.Adj` (a symmetric matrix is its own). On the CPU the product is a kernel that
:mod:`~pygmmrec.kernels.sparse.spmm_numba` compiles, and torch's reduce kernel where that is faster or numbers
are neither float32 nor float64. Both thread, and sum in the order of the entries. Neither exists on CUDA,
where it is the CSR product.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch_geometric import EdgeIndex

from pygmmrec.kernels.columns.column_shard import ColumnShard, own_columns, ranks_of
from pygmmrec.kernels.rows.rows import place, rows
from pygmmrec.kernels.runtime.dispatch import compiles
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.utils.check import check

AdjLike: TypeAlias = Any
"""An :class:`Adj`, an ``edge_index`` [2, E], an ``EdgeIndex``, a torch sparse tensor or a
``torch_sparse.SparseTensor``."""

SAMPLED = (torch.float32, torch.float64)
"""What torch's sampled product computes in."""

EDGE_BLOCK = 1 << 16
"""Edges per block of dot products in other types: bounds their memory to EDGE_BLOCK · D."""


def as_adj(adj: AdjLike, edge_weight: Tensor | None = None, *, size: tuple[int, int]) -> Adj:
    """Read any common form of a graph as an :class:`Adj` of shape [num_dst, num_src].

    The conversion sorts the edges, so do it once (the transform ``ToAdj`` does) rather than per step.

    Args:
        adj: An ``edge_index`` [2, E] or ``EdgeIndex`` from sources to destinations; or a matrix whose rows
            are destinations: :class:`Adj`, torch COO, CSR or CSC, ``torch_sparse.SparseTensor``.
        edge_weight: Weight of each edge, [E]; only where ``adj`` is an edge index.
        size: ``(num_src, num_dst)``.

    Raises:
        TypeError: If ``adj`` is none of these.
        ValueError: If its shape does not fit ``size``, or a matrix comes with ``edge_weight``.
    """
    num_src, num_dst = size
    if isinstance(adj, EdgeIndex) or (isinstance(adj, Tensor) and adj.layout == torch.strided):
        check(adj.dim() == 2 and adj.size(0) == 2, "adj", "an edge index [2, E]", "as_adj", list(adj.shape))
        edge_index = adj.as_tensor() if isinstance(adj, EdgeIndex) else adj
        if edge_index.numel() > 0:
            low, high = edge_index.amin(), edge_index.amax(dim=1).tolist()
            fits = int(low) >= 0 and high[0] < num_src and high[1] < num_dst
            check(fits, "adj", f"within {size}", "as_adj", [int(low), *high])
        return Adj.from_edge_index(edge_index, edge_weight, size=size)
    check(edge_weight is None, "edge_weight", "None where 'adj' is a matrix", "as_adj", edge_weight)
    if isinstance(adj, Tensor):
        csr = adj.coalesce().to_sparse_csr() if adj.layout == torch.sparse_coo else adj.to_sparse_csr()
        shape = tuple(csr.shape)
        rowptr, col, value = csr.crow_indices().long(), csr.col_indices().long(), csr.values()
        out = Adj(rowptr, col, value, num_cols=csr.size(1))
    elif isinstance(adj, Adj):
        shape, out = (adj.num_rows, adj.num_cols), adj
    elif hasattr(adj, "csr") and hasattr(adj, "sparse_sizes"):  # torch_sparse.SparseTensor
        rowptr, col, value = adj.csr()
        shape = tuple(adj.sparse_sizes())
        out = Adj(rowptr, col, value, num_cols=shape[1])
    else:
        raise TypeError(
            "'adj' needs to be an Adj, an edge index, an EdgeIndex, a torch sparse tensor or a "
            f"torch_sparse.SparseTensor in 'as_adj' (got {type(adj).__name__})"
        )
    check(shape == (num_dst, num_src), "adj", f"of shape [{num_dst}, {num_src}]", "as_adj", list(shape))
    return out


def spmm(adj: AdjLike, x: Tensor, edge_weight: Tensor | None = None) -> Tensor:
    r"""Multiply :math:`A X`, with gradients to :math:`X` and to the weights of :math:`A`.

    Args:
        adj: :math:`A`, [N, S]: an :class:`Adj`, or anything that :func:`as_adj` reads, at the cost of its
            conversion; an edge index is taken to be of a graph with one set of nodes, N = S.
        x: :math:`X`, [S, D].
        edge_weight: Weight of each edge, [E]; only where ``adj`` is an edge index.

    Shapes:
        - **output:** [N, D], in the wider of the two dtypes

    Raises:
        TypeError: If ``adj`` is no graph.
        ValueError: If ``x`` is not [S, D].
    """
    adj, x = _matched(adj, x, edge_weight, "spmm")
    out: Tensor = _SpMM.apply(adj.value, x, adj)  # type: ignore[no-untyped-call]
    return out


def spmm_rows(adj: AdjLike, x: Tensor, index: Tensor) -> Tensor:
    r"""Some rows of :math:`A X`: what ``rows(spmm(adj, x), index)`` gives, and its gradient.

    Where :func:`rows_pay`, forward and backward touch no other rows of :math:`A`, and each of these once.

    Args:
        adj: :math:`A`, [N, S], as in :func:`spmm`. Where its weights ask for a gradient, the whole product is
            computed.
        x: :math:`X`, [S, D].
        index: Rows, [B], out of N; some may repeat.

    Shapes:
        - **output:** [B, D]

    Raises:
        TypeError: If ``adj`` is no graph.
        ValueError: If ``x`` is not [S, D].
    """
    adj, x = _matched(adj, x, None, "spmm_rows")
    if adj.value.requires_grad or not rows_pay(adj, x):
        return rows(spmm(adj, x), index)
    distinct, place_of = index.unique(return_inverse=True)
    return rows(_SpMMRows.apply(x, adj, distinct), place_of)  # type: ignore[no-untyped-call]


def rows_pay(adj: Adj, x: Tensor) -> bool:
    """Whether some rows of a product cost less than all: only the compiled kernel leaves out the others."""
    return _kernel(adj, x) is not None


def _matched(adj: AdjLike, x: Tensor, edge_weight: Tensor | None, where: str) -> tuple[Adj, Tensor]:
    """A graph as a matrix and features that fit it, both in the wider of their dtypes."""
    if not isinstance(adj, Adj):
        adj = as_adj(adj, edge_weight, size=(x.size(0), _num_rows(adj, x.size(0))))
    fits = x.dim() == 2 and x.size(0) == adj.num_cols
    check(fits, "x", f"of shape [{adj.num_cols}, D]", where, list(x.shape))
    dtype = torch.promote_types(adj.value.dtype, x.dtype)
    return adj.to(dtype), x.to(dtype)


def _num_rows(adj: AdjLike, num_src: int) -> int:
    """Rows of a matrix; ``num_src`` for an edge index, which does not tell."""
    if isinstance(adj, Tensor):
        return num_src if adj.layout == torch.strided or isinstance(adj, EdgeIndex) else adj.size(0)
    return int(adj.sparse_size(0)) if hasattr(adj, "sparse_size") else num_src


def spmm_ref(adj: Adj, x: Tensor) -> Tensor:
    """What :func:`spmm` computes, through a dense matrix and autograd."""
    return adj.to_dense() @ x


def multiply(adj: Adj, x: Tensor) -> Tensor:
    """A·X without gradient: the kernel that fits the device."""
    return multiply_add(adj, x)


def multiply_add(
    adj: Adj, x: Tensor, base: Tensor | None = None, *, divisor: int = 1, index: Tensor | None = None
) -> Tensor:
    r""":math:`(A X + B) / c` without gradient, or some of its rows: a new tensor.

    Args:
        adj: :math:`A`, [N, S].
        x: :math:`X`, [S, D], in the dtype of the weights.
        base: :math:`B`, [N, D]; nothing is added if not given.
        divisor: :math:`c`. (default: ``1``)
        index: The rows that are wanted, [B], where not all are: the compiled kernel leaves out the others.

    Of columns that several processes hold, each multiplies its own.
    """
    ranks = ranks_of(x, base)
    if ranks is not None:
        base = None if base is None else own_columns(base, ranks)
        return ColumnShard(
            multiply_add(adj, own_columns(x, ranks), base, divisor=divisor, index=index), ranks
        )
    kernel = _kernel(adj, x)
    if kernel is not None:
        product: Tensor = kernel.compiled_multiply_add(adj, x, base, divisor, index)
        return product
    csr = adj.csr()
    out = torch.sparse.mm(csr, x.contiguous(), "sum") if x.device.type == "cpu" else csr @ x
    if index is not None:
        out, base = out.index_select(0, index), None if base is None else base.index_select(0, index)
    if base is not None:
        out.add_(base)
    return out if divisor == 1 else out.div_(divisor)


def spread(
    adj: Adj,
    x: Tensor,
    index: Tensor,
    base: Tensor | None = None,
    base_index: Tensor | None = None,
    *,
    divisor: int = 1,
) -> Tensor:
    r""":math:`(A_J^\top X + B_K) / c` without gradient, a new tensor [S, D]: what rows J of A pass back.

    Args:
        adj: :math:`A`, [N, S].
        x: :math:`X`, [B, D], a row for each of J, in the dtype of the weights.
        index: J, [B], out of N.
        base: [B', D], whose rows are added to those of the result that K names; nothing if not given.
        base_index: K, [B'], out of S.
        divisor: :math:`c`. (default: ``1``)

    Of columns that several processes hold, each spreads its own.
    """
    ranks = ranks_of(x, base)
    if ranks is not None:
        base = None if base is None else own_columns(base, ranks)
        own = spread(adj, own_columns(x, ranks), index, base, base_index, divisor=divisor)
        return ColumnShard(own, ranks)
    kernel = _kernel(adj, x)
    if kernel is not None:
        out: Tensor = kernel.compiled_spread(adj, x, index, base, base_index, divisor)
        return out
    full = place(x, index, adj.num_rows)
    added = None if base is None or base_index is None else place(base, base_index, adj.num_cols)
    return multiply_add(adj.detach().t(), full, added, divisor=divisor)


def _kernel(adj: Adj, x: Tensor) -> ModuleType | None:
    """The compiled kernels, where they serve these numbers and are the faster way to a product."""
    if compiles(x):
        from pygmmrec.kernels.sparse import spmm_numba

        return spmm_numba if spmm_numba.pays(adj, x) else None
    return None


class _SpMM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, x: Tensor, adj: Adj) -> Tensor:
        ctx.adj = adj
        ctx.save_for_backward(x if ctx.needs_input_grad[0] else None)
        return multiply(adj, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        adj: Adj = ctx.adj
        (x,) = ctx.saved_tensors
        grad_value = dot(adj, grad, x) if ctx.needs_input_grad[0] else None
        grad_x = multiply(adj.detach().t(), grad) if ctx.needs_input_grad[1] else None
        return grad_value, grad_x, None


class _SpMMRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, adj: Adj, index: Tensor) -> Tensor:
        ctx.adj, ctx.index = adj, index
        return multiply_add(adj, x, index=index)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        return spread(ctx.adj, grad, ctx.index), None, None


def dot(adj: Adj, x: Tensor, y: Tensor) -> Tensor:
    """Dot product of each entry's row of ``x`` [N, D] and column of ``y`` [S, D], without gradient: [E].

    There is no tensor of all entries and features: torch's sampled product takes entries one by one, of
    float32 and float64. Other types are gathered in blocks, and so are more entries than the matrix has
    places, of which torch would lose some. Where processes hold columns, each has a part of every product,
    and the parts are summed up: so is the gradient of the weights of a graph.
    """
    ranks = ranks_of(x, y)
    if ranks is not None:
        return ranks.total(dot(adj, own_columns(x, ranks), own_columns(y, ranks)))
    if x.dtype == y.dtype and x.dtype in SAMPLED and adj.nnz <= adj.num_rows * adj.num_cols:
        zeros = adj.with_value(x.new_zeros(adj.nnz)).csr()  # not the weights, since 0 · NaN is NaN
        out: Tensor = torch.sparse.sampled_addmm(zeros, x.detach(), y.detach().t(), beta=0).values()
        return out
    blocks = zip(adj.row.split(EDGE_BLOCK), adj.col.split(EDGE_BLOCK), strict=True)
    parts = [(x.index_select(0, row) * y.index_select(0, col)).sum(dim=-1) for row, col in blocks]
    return torch.cat(parts) if parts else x.new_zeros(0)
