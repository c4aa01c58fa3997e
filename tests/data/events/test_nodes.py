"""Steps that look at all rows of a user or an item."""

import numpy as np
import pytest

from pygmmrec.data import Interactions
from pygmmrec.data.events.nodes import cored, sampled
from pygmmrec.data.events.steps import Steps

RNG = np.random.default_rng(5)
TABLE = Interactions(RNG.integers(0, 30, 200) * 2, RNG.integers(0, 20, 200))


def test_a_sample_of_users_has_all_of_their_rows() -> None:
    steps = Steps(200)
    out = sampled(TABLE, 7, 3, steps)
    users = set(out.user.tolist())
    assert len(users) == 7
    assert len(out) == np.isin(TABLE.user, list(users)).sum() == 200 - int(steps.done[0]["rows"])
    assert steps.done[0]["reason"] == "of users outside a sample of 7, seed 3"
    assert set(sampled(TABLE, 7, 3, Steps(200)).user.tolist()) == users
    assert set(sampled(TABLE, 7, 4, Steps(200)).user.tolist()) != users


def test_the_order_of_rows_does_not_change_the_sample() -> None:
    shuffled = TABLE.take(np.random.default_rng(1).permutation(200))
    found = [set(sampled(table, 5, 0, Steps(200)).user.tolist()) for table in (TABLE, shuffled)]
    assert found[0] == found[1]


def test_all_users_are_everybody() -> None:
    number = len(set(TABLE.user.tolist()))
    assert sampled(TABLE, number, 0, Steps(200)) is TABLE
    assert sampled(TABLE, None, 0, Steps(200)) is TABLE
    with pytest.raises(
        ValueError, match=f"'num_users' needs to be at most {number}, the users that are left"
    ):
        sampled(TABLE, number + 1, 0, Steps(200))


def test_a_core_has_enough_different_pairs() -> None:
    user, item = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 0, 1, 0])
    table = Interactions(user, item, label=[0, 2, 0, 0, 0, 0])
    steps = Steps(6)
    out = cored(table, 2, steps)
    assert out.user.tolist() == [0, 0, 0, 1, 1]  # both rows of the pair in two parts, which counts once
    reason = "of users with fewer than 2 items, or items with fewer than 2 users"
    assert steps.done == [{"step": "k_core", "reason": reason, "rows": 1}]
    assert cored(table, (1, 3), Steps(6)).item.tolist() == [0, 0, 0, 0]
    assert cored(table, None, steps) is table
    with pytest.raises(ValueError, match=r"'k_core' needs to be one that leaves some row"):
        cored(table, 3, Steps(6))
