"""The held-out pairs of a split, whose users are evaluated, and what is left out or met twice."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.kernels.ranking.pairs import among, distinct, sort_by_user
from pygmmrec.typing import INTERACTS, TEST, VALID
from pygmmrec.utils.check import check, check_flag

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
    """

    users: int
    cold_users: int
    pairs: int
    repeated_pairs: int
    pairs_in_train: int
    pairs_in_valid: int


class HeldOut(NamedTuple):
    """Different held-out pairs, sorted by user; the users to evaluate, ascending; and counts.

    Shapes:
        pairs [2, n], users [U]
    """

    pairs: Tensor
    users: Tensor
    counts: Counts


def count_held_out(data: HeteroData, split: Split = "valid", *, drop_cold_users: bool = True) -> Counts:
    """What :func:`~pygmmrec.evaluation.evaluate` is of, without a model.

    Args:
        data: The graph.
        split: ``'valid'`` or ``'test'``. (default: ``'valid'``)
        drop_cold_users: Whether users without a training edge are left out. (default: ``True``)

    Raises:
        ValueError: If the split is unknown, or its pairs are none of this graph.
    """
    return held_out(data, split, drop_cold_users, "count_held_out").counts


def held_out(data: HeteroData, split: str, drop_cold_users: bool, where: str) -> HeldOut:
    """The held-out pairs of a split, its users and counts; there may be none.

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
    asked = pairs if bool(is_warm.all()) else pairs[:, torch.isin(pairs[0], users[is_warm])]
    valid = _pairs(data, VALID, where) if split == "test" else pairs[:, :0]
    counts = Counts(
        users=int(is_warm.sum()),
        cold_users=int((~is_warm).sum()),
        pairs=asked.size(1),
        repeated_pairs=found.size(1) - pairs.size(1),
        pairs_in_train=int(among(asked, data[INTERACTS].edge_index, num_items).sum()),
        pairs_in_valid=int(among(asked, valid, num_items).sum()),
    )
    return HeldOut(asked, users[is_warm], counts)


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
