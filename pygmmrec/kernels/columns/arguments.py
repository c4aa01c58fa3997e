"""What the rules of operations look for among the arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from torch import Tensor
from torch.utils._pytree import tree_leaves

Rule: TypeAlias = Callable[[Any, Any, Any, Any], Any]
"""From the class of shards, an operation and its arguments, of which at least one is a shard, to the result;
or to ``NotImplemented``, where these arguments need whole tables."""


def is_any(cls: Any, *given: Any) -> bool:
    """Whether there is a shard among some values."""
    return any(isinstance(x, cls) for x in given)


def first_shard(cls: Any, given: Any) -> Any:
    """The first shard in nested values."""
    return next(x for x in tree_leaves(given) if isinstance(x, cls))


def alike(x: Tensor, y: Any) -> bool:
    """Whether something is a tensor of the same shape."""
    return isinstance(y, Tensor) and x.shape == y.shape
