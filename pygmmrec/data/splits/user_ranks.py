"""Where a row stands among the rows of its user."""

from __future__ import annotations

import numpy as np

from pygmmrec.data.values.column import factorize
from pygmmrec.data.values.order import order_by


def drawn_ranks(user: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Each row's place in a random order of its user's rows, and how many these are.

    Args:
        user: The column of users.
        seed: Seed of the draw.

    Shapes:
        user, and both outputs [n]
    """
    user = factorize(user)[1]
    drawn = np.random.default_rng(seed).random(len(user))
    bits = 62 - int(user.max(initial=0)).bit_length()
    key = (user << bits) + (drawn * 2.0**bits).astype(np.int64)  # one sort of integers
    order = order_by(key)
    told = key[order]
    if not (told[1:] > told[:-1]).all():  # two numbers that differ beyond these bits
        order = order_by(user, drawn)
    return _ranks(user, order)


def latest_ranks(user: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row's place among its user's rows, the latest first, and how many these are.

    Of one time, rows count as later the lower they stand.

    Args:
        user: The column of users.
        time: Times of the rows.

    Shapes:
        user, time, and both outputs [n]
    """
    user = factorize(user)[1]
    backwards = order_by(time)[::-1]
    return _ranks(user, backwards[order_by(user[backwards])])


def _ranks(user: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From rows that are sorted by user."""
    count = np.bincount(user)
    start = np.cumsum(count) - count
    rank = np.empty(len(user), dtype=np.int64)
    rank[order] = np.arange(len(user)) - start[user[order]]
    return rank, count[user]
