"""The k-core, against a loop that drops and counts again."""

from collections import Counter

import numpy as np
import pytest

from pygmmrec.data.events.k_core import k_core


def naive(user: np.ndarray, item: np.ndarray, k: tuple[int, int]) -> list[bool]:
    pairs = set(zip(user.tolist(), item.tolist(), strict=True))
    while True:
        users, items = Counter(u for u, _ in pairs), Counter(i for _, i in pairs)
        kept = {(u, i) for u, i in pairs if users[u] >= k[0] and items[i] >= k[1]}
        if kept == pairs:
            return [(u, i) in kept for u, i in zip(user.tolist(), item.tolist(), strict=True)]
        pairs = kept


@pytest.mark.parametrize("k", [(1, 1), (2, 2), (3, 3), (5, 2), (1, 4), (4, 1), (9, 9)])
@pytest.mark.parametrize("seed", range(6))
def test_the_same_as_dropping_again_and_again(seed: int, k: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(3, 60)), int(rng.integers(3, 60)))
    user, item = np.nonzero(rng.random(shape) < rng.uniform(0.02, 0.3))
    order = rng.permutation(len(user))
    user, item = user[order], item[order]
    assert k_core(user, item, k).tolist() == naive(user, item, k)


def test_a_long_chain_falls_from_its_ends() -> None:
    """User n has the items n and n + 1: each fall causes the next."""
    user = np.repeat(np.arange(3000), 2)
    item = user + np.tile([0, 1], 3000)
    assert not k_core(user, item, (2, 2)).any()
    closed = np.append(user, 3000), np.append(item, 0)
    closed = np.append(closed[0], 3000), np.append(closed[1], 3000)  # a ring
    assert k_core(*closed, (2, 2)).all()


def test_nodes_without_a_pair_and_no_pairs_at_all() -> None:
    assert k_core(np.array([7, 7]), np.array([3, 9]), (2, 1)).tolist() == [True, True]
    assert k_core(np.array([], dtype=int), np.array([], dtype=int), (2, 2)).tolist() == []
