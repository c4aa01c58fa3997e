"""Operations that move, take or join rows, and leave every column what it is."""

from __future__ import annotations

from typing import Any

import torch

from pygmmrec.kernels.columns.arguments import Rule, first_shard, is_any

aten = torch.ops.aten

SPLITS = (aten.split.Tensor, aten.split_with_sizes.default)


def along(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """Along one dimension, which is the argument behind the table, or behind the sizes of a split."""
    table, position = args[0], 2 if func in SPLITS else 1
    dim = args[position] if len(args) > position else kwargs.get("dim", 0)
    if not is_any(cls, table) or dim in (-1, table.dim() - 1):
        return NotImplemented
    out, ranks = func(table.local, *args[1:], **kwargs), table.ranks
    return [cls(x, ranks) for x in out] if isinstance(out, list | tuple) else cls(out, ranks)


def unsqueeze(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """One more dimension, ahead of the columns."""
    table, dim = args
    behind = dim in (-1, table.dim())
    return NotImplemented if behind else cls(func(table.local, dim), table.ranks)


def join(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """Tables below or behind each other."""
    tables, shard = args[0], first_shard(cls, args)
    dim = args[1] if len(args) > 1 else kwargs.get("dim", 0)
    last = shard.dim() - (func is aten.cat.default)  # a stack has a dimension more
    fit = all(x.dim() == shard.dim() and x.size(-1) == shard.size(-1) for x in tables)
    if dim in (-1, last) or not fit:
        return NotImplemented
    return cls(func([shard.own(x) for x in tables], dim), shard.ranks)


def sized(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """Another shape, with the same columns."""
    table, sizes = args[0], list(args[1])
    if not sizes or sizes[-1] != table.size(-1):
        return NotImplemented
    return cls(func(table.local, [*sizes[:-1], table.local.size(-1)], **kwargs), table.ranks)


def index(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """Rows by index or mask."""
    table, places = args
    by_row = is_any(cls, table) and len(places) == 1 and table.dim() == 2
    fits = by_row and (places[0].dtype != torch.bool or places[0].dim() == 1)
    return cls(func(table.local, places), table.ranks) if fits else NotImplemented


def embedding(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """Rows by index, or their gradient; what follows the table says which rows."""
    table = args[0]
    return cls(func(table.local, *args[1:], **kwargs), table.ranks)


def index_add(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """Rows added to those of a table."""
    shard, (table, dim, places, rows) = first_shard(cls, args), args
    if dim != 0 or table.dim() < 2 or table.shape[1:] != rows.shape[1:]:
        return NotImplemented
    return cls(func(shard.own(table), dim, places, shard.own(rows), **kwargs), shard.ranks)


RULES: dict[Any, Rule] = {
    aten.unsqueeze.default: unsqueeze,
    aten.index.Tensor: index,
    aten.embedding.default: embedding,
    aten.embedding_dense_backward.default: embedding,
    aten.index_add.default: index_add,
    aten.cat.default: join,
    aten.stack.default: join,
    aten.expand.default: sized,
    aten.view.default: sized,
    aten._unsafe_view.default: sized,
    **dict.fromkeys(
        (aten.slice.Tensor, aten.select.int, aten.index_select.default, aten.unbind.int, aten.cumsum.default),
        along,
    ),
    **dict.fromkeys(SPLITS, along),
}
"""By operation."""
