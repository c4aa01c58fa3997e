"""The ranking driver, said once: blocked score -> mask -> top-k."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from pygmmrec.kernels.ranking.pairs import lookup, sort_by_user
from pygmmrec.kernels.ranking.top_k import group_maxima, top_k
from pygmmrec.kernels.runtime.allocator import keep_freed_memory
from pygmmrec.utils.check import check, check_integer

BLOCK_BYTES = 30 * 2**20
"""Scores of a block. Of 32 MB or more glibc would keep none for the next, see :func:`keep_freed_memory`."""

LARGEST_BLOCK = 512
"""Users of a block, at most; more are no faster."""


def default_block_size(num_items: int) -> int:
    """Users to score at once: as many as fit :data:`BLOCK_BYTES`, up to :data:`LARGEST_BLOCK`."""
    return max(1, min(LARGEST_BLOCK, BLOCK_BYTES // (torch.float32.itemsize * num_items)))


class Ranking(NamedTuple):
    """The best items of a block: ``user`` [B], and ``item`` and ``score`` [B, K], best first."""

    user: Tensor
    item: Tensor
    score: Tensor


def rank(
    score: Callable[[Tensor], Tensor],
    user_index: Tensor,
    k: int,
    *,
    exclude: Tensor | None = None,
    block_size: int = 256,
) -> Iterator[Ranking]:
    """The ``k`` best items of every user, one block of users at a time.

    No more than ``block_size`` rows of scores exist at once. A user with fewer than ``k`` candidates gets
    a list filled up with excluded items, at the end and with score ``-inf``. The order of equal scores is
    that of :func:`~.top_k`.

    Args:
        score: Gives the scores of all items for a block of users; its result is left unchanged.
        user_index: The users, in the order in which they come back.
        k: Length of the lists.
        exclude: User-item pairs to leave out. Pairs sorted by user are used as they are.
        block_size: Users per block.

    Shapes:
        user_index [U], exclude [2, E], score: [B] -> [B, I]; yields [B], [B, K], [B, K]

    Raises:
        ValueError: If ``k`` exceeds the number of items, scores are NaN or of another shape, or an excluded
            item does not exist.
    """
    k = check_integer(k, "k", "rank", at_least=1)
    block_size = check_integer(block_size, "block_size", "rank", at_least=1)
    check(user_index.dim() == 1, "user_index", "a vector [U]", "rank", tuple(user_index.shape))
    if exclude is not None:
        shape = tuple(exclude.shape)
        check(len(shape) == 2 and shape[0] == 2, "exclude", "user-item pairs [2, E]", "rank", shape)
        exclude = sort_by_user(exclude.to(user_index.device))
    if user_index.device.type == "cpu":
        keep_freed_memory()  # each block's scores lie where those of the last one lay
    return _rank(score, user_index, k, exclude, block_size)


def _rank(
    score: Callable[[Tensor], Tensor], user_index: Tensor, k: int, exclude: Tensor | None, block_size: int
) -> Iterator[Ranking]:
    # Apart from `rank`, so that a wrong argument is an error at the call and not at the first block.
    for start in range(0, user_index.numel(), block_size):
        user = user_index[start : start + block_size]  # [B]
        scores = score(user).detach()  # [B, I]
        _check_shape(scores, user.numel(), k)
        largest = group_maxima(scores)  # [B, G]
        sound = not bool(largest.isnan().any())
        check(sound, "score", "free of NaN", "rank", "NaN", "Has training diverged?")
        if exclude is not None and start == 0:
            _check_items(exclude[1], scores.size(1))
        left_out = None if exclude is None else lookup(exclude, user)  # [n], [n]
        value, item = top_k(scores, k, left_out, largest)  # [B, K]
        yield Ranking(user, item, value)


def _check_shape(scores: Tensor, num_users: int, k: int) -> None:
    shape = tuple(scores.shape)
    check(len(shape) == 2 and shape[0] == num_users, "score", f"a matrix [{num_users}, I]", "rank", shape)
    check(k <= shape[1], "k", f"at most the number of items ({shape[1]})", "rank", k)
    check(scores.is_floating_point(), "score", "of a floating type", "rank", scores.dtype)


def _check_items(item: Tensor, num_items: int) -> None:
    if item.numel() == 0:
        return
    low, high = int(item.min()), int(item.max())
    check(low >= 0 and high < num_items, "exclude", f"items from 0 to {num_items - 1}", "rank", (low, high))


def rank_ref(
    score: Callable[[Tensor], Tensor], user_index: Tensor, k: int, *, exclude: Tensor | None = None
) -> Ranking:
    """:func:`rank` in plain Python, one user at a time and all of them in one answer, for tests."""
    left_out = set() if exclude is None else set(zip(*exclude.tolist(), strict=True))
    items, values = [], []
    for user in user_index.tolist():
        row = score(user_index.new_tensor([user]))[0].tolist()
        row = [-torch.inf if (user, item) in left_out else value for item, value in enumerate(row)]
        order = sorted(range(len(row)), key=row.__getitem__, reverse=True)[:k]
        items.append(order)
        values.append([row[item] for item in order])
    return Ranking(user_index, torch.tensor(items), torch.tensor(values))
