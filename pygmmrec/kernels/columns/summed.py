"""Sums, norms and products: over rows by each rank alone, over columns by all of them together."""

from __future__ import annotations

from typing import Any

import torch

from pygmmrec.kernels.columns.arguments import Rule, first_shard, is_any

aten = torch.ops.aten


def reduce(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """Sums and means: over rows, each column has its own; over columns, each rank has a part."""
    table, dims = args[0], args[1] if len(args) > 1 else None
    out = func(table.local, *args[1:], **kwargs)
    if not _over_columns(table, dims):
        return cls(out, table.ranks)
    total = table.ranks.total(out)
    return total / table.ranks.size if "mean" in func._schema.name else total


def norm(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """The Euclidean norm, of rows or of all."""
    table, order = args[0], args[1] if len(args) > 1 else 2
    if order != 2 or not _over_columns(table, args[2] if len(args) > 2 else None):
        return NotImplemented
    return table.ranks.total(func(table.local, *args[1:], **kwargs).square()).sqrt()


def mm(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """A product: the left side is needed whole, and columns of the right side are columns of the result.

    A whole right side that is wider than the left one is not divided: its result would cost more to gather.
    """
    left, right = args
    ranks, width = first_shard(cls, args).ranks, right.size(1)
    if not is_any(cls, right) and (width % ranks.size != 0 or width > left.size(1)):
        return NotImplemented
    whole = left.whole() if is_any(cls, left) else left
    return cls(func(whole, right.local if is_any(cls, right) else ranks.own(right)), ranks)


def addmm(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """The same, with a bias."""
    bias, left, right = args
    if kwargs or not is_any(cls, left, right):
        return NotImplemented
    product = mm(cls, aten.mm.default, (left, right), {})
    return product if product is NotImplemented else product + bias


def _over_columns(table: Any, dims: Any) -> bool:
    return not dims or table.dim() - 1 in [dim % table.dim() for dim in dims]


RULES: dict[Any, Rule] = {
    aten.sum.default: reduce,
    aten.sum.dim_IntList: reduce,
    aten.mean.default: reduce,
    aten.mean.dim: reduce,
    aten.linalg_vector_norm.default: norm,
    aten.mm.default: mm,
    aten.addmm.default: addmm,
}
"""By operation."""
