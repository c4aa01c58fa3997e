"""A table of which each of several processes holds some columns."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from pygmmrec.kernels.columns import elementwise, rearranged, summed
from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.utils.check import check

RULES = {**elementwise.RULES, **rearranged.RULES, **summed.RULES}
"""Operations that act on each column alone, or that can be divided otherwise."""


class ColumnShard(Tensor):
    r"""A tensor [..., D] of which this process holds :math:`D / P` columns: to all code, the whole tensor.

    Shape, gradient and every result are those of the whole. What acts on each column alone works on the
    columns that are there; what sums over columns sums over processes as well; everything else gathers the
    whole first, and gives a plain tensor. So a model need not know, and stays exact whatever it does.
    Autograd works on whole tensors, above all this, and needs no rule.

    All processes make the same calls in the same order. Plain tensors are the same in all of them.

    Args:
        local: The columns of this process, [..., D / P].
        ranks: Who holds the others.
    """

    local: Tensor
    ranks: Ranks

    @staticmethod
    def __new__(cls, local: Tensor, ranks: Ranks) -> ColumnShard:
        size = (*local.shape[:-1], local.size(-1) * ranks.size)
        shard: ColumnShard = Tensor._make_wrapper_subclass(cls, size, dtype=local.dtype, device=local.device)
        shard.local, shard.ranks = local.detach(), ranks
        return shard

    @classmethod
    def of(cls, x: Tensor, ranks: Ranks) -> ColumnShard:
        """The columns of this process of a whole tensor [..., D].

        Raises:
            ValueError: If they cannot be shared out evenly.
        """
        wanted = f"a tensor whose columns are a multiple of {ranks.size}"
        check(x.dim() > 0 and x.size(-1) % ranks.size == 0, "x", wanted, cls.__name__, list(x.shape))
        return cls(ranks.own(x.detach()), ranks)

    def whole(self) -> Tensor:
        """The columns of all processes, [..., D], without gradient."""
        return self.ranks.gather(self.local)

    def own(self, x: Tensor) -> Tensor:
        """The columns of this process of a tensor that is as wide, whole or not."""
        return x.local if isinstance(x, ColumnShard) else self.ranks.own(x)

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        rule = RULES.get(func) or elementwise.elementwise_rule(func)
        out = NotImplemented if rule is None else rule(cls, func, args, kwargs)
        return _whole_call(func, args, kwargs) if out is NotImplemented else out

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"ColumnShard({list(self.shape)}, rank {self.ranks.rank} of {self.ranks.size})"


def _whole_call(func: Any, args: Any, kwargs: Any) -> Any:
    """An operation on whole tensors; what it writes into goes back into the columns."""
    wholes = [(x, x.whole()) for x in tree_leaves((args, kwargs)) if isinstance(x, ColumnShard)]
    of = {id(shard): whole for shard, whole in wholes}
    out = func(*tree_map(lambda x: of.get(id(x), x), args), **tree_map(lambda x: of.get(id(x), x), kwargs))
    if func._schema.is_mutable:
        for shard, whole in wholes:
            shard.local.copy_(shard.ranks.own(whole))
            out = tree_map(lambda x, shard=shard, whole=whole: shard if x is whole else x, out)
    return out


def ranks_of(*given: Tensor | None) -> Ranks | None:
    """Who holds the columns of these tensors; ``None`` where all are whole."""
    return next((x.ranks for x in given if isinstance(x, ColumnShard)), None)


def own_columns(x: Tensor, ranks: Ranks) -> Tensor:
    """The columns of this process, [..., D / P], of a tensor [..., D], whole or not."""
    return x.local if isinstance(x, ColumnShard) else ranks.own(x)


def whole(x: Tensor) -> Tensor:
    """All columns of a tensor, without gradient where it is not whole yet."""
    return x.whole() if isinstance(x, ColumnShard) else x
