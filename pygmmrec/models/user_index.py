"""The users that somebody asks about, as indices."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.utils.check import check

Users: TypeAlias = Tensor | Sequence[Hashable]


def user_indices(data: HeteroData, user_index: Users, where: object) -> Tensor:
    """Users by index, by mask or by raw id, as indices.

    Args:
        data: The graph.
        user_index: A tensor of indices [B] or a bool mask [U], or a sequence of raw ids.
        where: Who asks, see :func:`~pygmmrec.utils.check.check`.

    Shapes:
        [B] int64

    Raises:
        ValueError: If it is something else, or a user is unknown.
    """
    if not isinstance(user_index, Tensor):
        return _by_raw_id(data, user_index, where)
    shape, num_users = list(user_index.shape), data["user"].num_nodes
    check(len(shape) == 1, "user_index", "a vector [B]", where, shape)
    if user_index.dtype == torch.bool:
        wanted = f"indices, or a mask of all {num_users} users"
        check(shape == [num_users], "user_index", wanted, where, f"a mask {shape}")
        return user_index.nonzero().view(-1)
    whole = not user_index.is_floating_point() and not user_index.is_complex()
    check(whole or shape == [0], "user_index", "of integers, or a bool mask", where, user_index.dtype)
    if user_index.numel() > 0:
        fits = int(user_index.min()) >= 0 and int(user_index.max()) < num_users
        check(fits, "user_index", f"between 0 and {num_users - 1}", where, user_index)
    return user_index.long()


def _by_raw_id(data: HeteroData, user_index: Any, where: object) -> Tensor:
    wanted = "a tensor or a sequence of raw ids"
    several = not isinstance(user_index, str | bytes) and hasattr(user_index, "__iter__")
    check(several, "user_index", wanted, where, user_index, "Put a single one into a list")
    ids = user_index if hasattr(user_index, "dtype") else list(user_index)
    mask = str(ids.dtype) == "bool" if hasattr(ids, "dtype") else any(isinstance(raw, bool) for raw in ids)
    check(not mask, "user_index", wanted, where, "bools", "A mask is a tensor, torch.as_tensor(mask)")
    known = "raw_id" in data["user"]
    check(known, "user_index", "a tensor, since the graph has no raw ids", where, type(user_index).__name__)
    index: Tensor = data["user"].raw_id.index(ids)
    return index
