"""Places of rows among those of their user."""

import numpy as np
import pytest

from pygmmrec.data.splits.user_ranks import drawn_ranks, latest_ranks


def naive(user: np.ndarray, *keys: np.ndarray) -> tuple[list[int], list[int]]:
    """By sorting the rows of each user by itself."""
    rank, count = [0] * len(user), [0] * len(user)
    for each in set(user.tolist()):
        rows = np.flatnonzero(user == each).tolist()
        for place, row in enumerate(sorted(rows, key=lambda row: tuple(key[row] for key in keys))):
            rank[row], count[row] = place, len(rows)
    return rank, count


@pytest.mark.parametrize("users", [1, 7, 10**12])
def test_drawn_ranks_are_those_of_one_number_per_row(users: int) -> None:
    for seed in range(5):
        user = np.random.default_rng(seed + 100).integers(0, users, 200)
        found = [each.tolist() for each in drawn_ranks(user, seed)]
        assert found == list(naive(user, np.random.default_rng(seed).random(200)))


def test_numbers_that_differ_in_their_last_bits_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rng:
        def random(self, size: int) -> np.ndarray:
            return np.array([0.5 + 2.0**-53, 0.5, 0.25])

    monkeypatch.setattr(np.random, "default_rng", lambda seed: Rng())
    rank, count = drawn_ranks(np.array([4000, 4000, 3]), 0)  # few users, so that 53 bits fit
    assert (rank.tolist(), count.tolist()) == ([1, 0, 0], [2, 2, 1])
    many = np.append(np.arange(4000), [3999, 3])  # 4000 users leave 50 bits
    monkeypatch.setattr(
        Rng, "random", lambda self, size: np.append(np.full(4000, 0.5 + 2.0**-53), [0.5, 0.5])
    )
    rank = drawn_ranks(many, 0)[0]
    assert (rank[3999], rank[4000]) == (1, 0)


def test_latest_ranks() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        user, time = rng.integers(0, 9, 100), rng.integers(-3, 4, 100)
        assert [each.tolist() for each in latest_ranks(user, time)] == list(
            naive(user, -time, -np.arange(100))
        )


def test_no_rows() -> None:
    empty = np.array([], dtype=np.int64)
    assert drawn_ranks(empty, 0)[0].size == latest_ranks(empty, empty)[0].size == 0
