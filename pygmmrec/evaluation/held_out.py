"""The held-out pairs of a split, whose users are evaluated, and what is left out or met twice."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.kernels.ranking.pairs import among, distinct, sort_by_user
from pygmmrec.typing import INTERACTS, TEST, VALID
from pygmmrec.utils.check import check, check_flag, check_integer

Split = Literal["valid", "test"]
SPLITS: dict[str, str] = {"valid": VALID, "test": TEST}


class Counts(NamedTuple):
    """What an evaluation is of.

    Args:
        users: Users that are evaluated, and averaged over.
        cold_users: Users with held-out pairs that are left out, since they have no training edge.
        pairs: Different held-out pairs of the users that are evaluated.
        repeated_pairs: Held-out pairs that were there once more; each counts once.
        pairs_in_train: Those of ``pairs`` that are training edges as well. They are candidates all the same.
        pairs_in_valid: Those of ``pairs``, of the test set, that are validation pairs as well. So are they.
        sampled_from: Users that ``users`` are a sample of; 0 where all are evaluated.
        negatives: Items that held-out ones are ranked among, for each user; 0 where all items are ranked.
    """

    users: int
    cold_users: int
    pairs: int
    repeated_pairs: int
    pairs_in_train: int
    pairs_in_valid: int
    sampled_from: int = 0
    negatives: int = 0


class HeldOut(NamedTuple):
    """Different held-out pairs, sorted by user; the users to evaluate, ascending; and counts.

    Shapes:
        pairs [2, n], users [U]
    """

    pairs: Tensor
    users: Tensor
    counts: Counts


def count_held_out(
    data: HeteroData,
    split: Split = "valid",
    *,
    drop_cold_users: bool = True,
    num_users: int | None = None,
    seed: int = 0,
) -> Counts:
    """What :func:`~pygmmrec.evaluation.evaluate` is of, without a model.

    Args:
        data: The graph.
        split: ``'valid'`` or ``'test'``. (default: ``'valid'``)
        drop_cold_users: Whether users without a training edge are left out. (default: ``True``)
        num_users: How many users are drawn by ``seed``. (default: all)
        seed: Seed of that sample. (default: ``0``)

    Raises:
        ValueError: If the split is unknown, or its pairs are none of this graph.
    """
    return held_out(data, split, drop_cold_users, "count_held_out", num_users, seed).counts


def held_out(
    data: HeteroData,
    split: str,
    drop_cold_users: bool,
    where: str,
    num_users: int | None = None,
    seed: int = 0,
) -> HeldOut:
    """The held-out pairs of a split, its users and counts; there may be none.

    Args: as in :func:`count_held_out`.

    Raises:
        ValueError: If the split is unknown, or its pairs are none of this graph.
    """
    check(isinstance(split, str) and split in SPLITS, "split", f"one of {list(SPLITS)}", where, split)
    drop_cold_users = check_flag(drop_cold_users, "drop_cold_users", where)
    check_is_graph(data, where)
    found = _pairs(data, SPLITS[split], where)  # [2, n]
    num_items = data["item"].num_nodes
    pairs = sort_by_user(distinct(found, num_items))
    users = pairs[0].unique_consecutive()  # [U]
    is_warm = torch.isin(users, data[INTERACTS].edge_index[0]) if drop_cold_users else users >= 0
    kept = users[is_warm]
    if num_users is not None:
        kept = _sample(kept, check_integer(num_users, "num_users", where, at_least=1), seed)
    asked = pairs if kept.numel() == users.numel() else pairs[:, torch.isin(pairs[0], kept)]
    valid = _pairs(data, VALID, where) if split == "test" else pairs[:, :0]
    counts = Counts(
        users=kept.numel(),
        cold_users=int((~is_warm).sum()),
        pairs=asked.size(1),
        repeated_pairs=found.size(1) - pairs.size(1),
        pairs_in_train=int(among(asked, data[INTERACTS].edge_index, num_items).sum()),
        pairs_in_valid=int(among(asked, valid, num_items).sum()),
        sampled_from=int(is_warm.sum()) if kept.numel() < int(is_warm.sum()) else 0,
    )
    return HeldOut(asked, kept, counts)


def _sample(users: Tensor, number: int, seed: int) -> Tensor:
    """So many of the users, ascending; the same ones on every device."""
    if number >= users.numel():
        return users
    order = torch.randperm(users.numel(), generator=torch.Generator().manual_seed(seed))
    return users[order[:number].sort().values.to(users.device)]


def _pairs(data: HeteroData, name: str, where: str) -> Tensor:
    """The pairs of that name as they are, none where there is no such name. [2, n]"""
    store = data[INTERACTS]
    pairs: Tensor = store[name] if name in store else store.edge_index[:, :0]
    fine = (
        isinstance(pairs, Tensor) and pairs.dtype == torch.int64 and pairs.dim() == 2 and pairs.size(0) == 2
    )
    given = f"{pairs.dtype} {list(pairs.shape)}" if isinstance(pairs, Tensor) else type(pairs).__name__
    check(fine, name, "int64 user-item pairs [2, P]", where, given)
    for kind, index in zip(("user", "item"), pairs, strict=True):
        if index.numel() > 0:
            ends, last = (int(index.min()), int(index.max())), data[kind].num_nodes - 1
            check(ends[0] >= 0 and ends[1] <= last, name, f"{kind}s from 0 to {last}", where, ends)
    return pairs
