"""Ranking among some items of each user, which are known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn.functional import pad

from pygmmrec.kernels.ranking.pairs import lookup
from pygmmrec.kernels.ranking.rank import Ranking
from pygmmrec.utils.check import check


def rank_among(
    score: Callable[[Tensor, Tensor], Tensor],
    user_index: Tensor,
    pairs: Tensor,
    others: Tensor,
    k: int,
    *,
    block_size: int = 256,
) -> Iterator[Ranking]:
    """The ``k`` best of each user's own candidates, one block of users at a time.

    A user with fewer candidates than ``k`` gets a list filled up with -1, at the end and with score ``-inf``.
    Of equal scores the item of the smaller index comes first.

    Args:
        score: Gives the scores of candidates for a block of users.
        user_index: The users, in the order in which they come back.
        pairs: Candidates as pairs of a user and an item, sorted by user.
        others: Further candidates of each user, none of them in ``pairs``; -1 is none.
        k: Length of the lists.
        block_size: Users per block.

    Shapes:
        user_index [U], pairs [2, n], others [U, N], score: [B] and [B, C] -> [B, C]; yields [B], [B, k] twice

    Raises:
        ValueError: If scores are NaN.
    """
    for user, more in zip(user_index.split(block_size), others.split(block_size), strict=True):
        row, item = lookup(pairs, user)  # [n], [n]
        count = torch.bincount(row, minlength=user.numel())  # [B]
        place = torch.arange(row.numel(), device=row.device) - (count.cumsum(0) - count)[row]
        first = more.new_full((user.numel(), int(count.max())), -1)
        first[row, place] = item
        candidates = torch.cat([first, more], dim=1).sort(dim=1).values  # [B, C], -1 comes first
        value = score(user, candidates.clamp(min=0)).masked_fill(candidates < 0, -torch.inf)
        sound = not bool(value.isnan().any())
        check(sound, "score", "free of NaN", "rank_among", "NaN", "Has training diverged?")
        value, order = value.sort(dim=1, descending=True, stable=True)
        listed = candidates.gather(1, order)
        short = (0, max(0, k - listed.size(1)))
        yield Ranking(user, pad(listed, short, value=-1)[:, :k], pad(value, short, value=-torch.inf)[:, :k])


def rank_among_ref(
    score: Callable[[Tensor, Tensor], Tensor], user_index: Tensor, pairs: Tensor, others: Tensor, k: int
) -> Ranking:
    """:func:`rank_among` in plain Python, one user at a time and all of them in one answer, for tests."""
    items, values = [], []
    for user, more in zip(user_index.tolist(), others.tolist(), strict=True):
        own = [item for owner, item in zip(*pairs.tolist(), strict=True) if owner == user]
        found = sorted(own + [item for item in more if item >= 0])
        row = score(user_index.new_tensor([user]), user_index.new_tensor([found]))[0].tolist()
        order = sorted(range(len(found)), key=row.__getitem__, reverse=True)[:k]
        items.append([found[place] for place in order] + [-1] * (k - len(order)))
        values.append([row[place] for place in order] + [-torch.inf] * (k - len(order)))
    return Ranking(user_index, torch.tensor(items), torch.tensor(values))
