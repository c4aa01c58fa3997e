"""Operations that give one number for each number, with columns where they are."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from pygmmrec.kernels.columns.arguments import Rule, alike, first_shard, is_any

aten = torch.ops.aten

REDUCING_LISTS = ("_foreach_norm", "_foreach_max", "_foreach_powsum")


def elementwise_rule(func: Any) -> Rule | None:
    """The rule of an operation that torch calls pointwise, or that an optimiser applies to lists."""
    if torch.Tag.nondeterministic_seeded in func.tags:
        return None
    if torch.Tag.pointwise in func.tags:
        return pointwise
    name = func._schema.name.removeprefix("aten::")
    return lists if name.startswith(("_foreach_", "_fused_")) and name not in REDUCING_LISTS else None


def pointwise(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """Columns beside columns, and beside what is the same for all of them."""
    shard = first_shard(cls, (args, kwargs))
    ranks, width = shard.ranks, shard.size(-1)
    in_place = func._schema.name.endswith("_")
    if in_place and not isinstance(args[0], cls):
        return NotImplemented

    def local(x: Any) -> Any:
        wide = isinstance(x, Tensor) and x.dim() > 0 and x.size(-1) == width
        return x.local if isinstance(x, cls) else ranks.own(x) if wide else x

    out = func(*tree_map(local, args), **tree_map(local, kwargs))
    return args[0] if in_place else cls(out, ranks)


def lists(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """The same for lists of tensors, each of which is a shard or none: what an optimiser does."""
    first = args[0]
    for given, told in zip(args, func._schema.arguments, strict=False):
        beside = isinstance(given, list | tuple) and len(given) == len(first)
        if beside and _differ(cls, first, given, told.alias_info is not None):
            return NotImplemented

    def local(given: Any) -> Any:
        if not isinstance(given, list | tuple) or len(given) != len(first):
            return given
        return [
            y.local if isinstance(y, cls) else x.ranks.own(y) if isinstance(x, cls) and alike(x, y) else y
            for x, y in zip(first, given, strict=True)
        ]

    out = func(*map(local, args), **kwargs)
    if not isinstance(out, list | tuple) or func._schema.name.endswith("_"):
        return out
    return [cls(y, x.ranks) if isinstance(x, cls) else y for x, y in zip(first, out, strict=True)]


def _differ(cls: Any, first: Any, given: Any, written: bool) -> bool:
    """Whether a whole tensor is to take a shard, or a shard's whole neighbour is to be written into."""
    pairs = [(isinstance(x, cls), isinstance(y, cls)) for x, y in zip(first, given, strict=True)]
    return any(divided > by or (written and divided != by) for by, divided in pairs)


def like(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """The result has the shape of the first argument, and nothing else has a shape."""
    first = args[0]
    out = func(first.local, *args[1:], **kwargs)
    return first if func._schema.name.endswith("_") else cls(out, first.ranks)


def new(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """Nothing but type and device is taken from the first argument."""
    return func(args[0].local, *args[1:], **kwargs)


def copy(cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """A table into columns, or columns into columns."""
    into, source = args[0], args[1]
    if not is_any(cls, into) or source.shape != into.shape:
        return NotImplemented
    into.local.copy_(into.own(source))
    return into


RULES: dict[Any, Rule] = {
    aten.copy_.default: copy,
    **dict.fromkeys(
        (
            aten.detach.default, aten.alias.default, aten.clone.default, aten._to_copy.default,
            aten.empty_like.default, aten.zeros_like.default, aten.ones_like.default, aten.full_like.default,
            aten.zero_.default, aten.fill_.Scalar,
        ),
        like,
    ),
    **dict.fromkeys(
        (aten.new_zeros.default, aten.new_empty.default, aten.new_ones.default, aten.new_full.default), new
    ),
}  # fmt: skip
"""By operation."""
