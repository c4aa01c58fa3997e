"""Who trains, who chooses and who is scored."""

import numpy as np
import pytest

from pygmmrec.data import GivenSplit, Interactions, LeaveOneOut, RatioSplit, TemporalSplit, UserTemporalSplit


def table(counts: list[int], **columns: list) -> Interactions:
    """Users with the given numbers of interactions, rows shuffled."""
    user = np.repeat(np.arange(len(counts)), counts)
    item = np.arange(len(user))
    order = np.random.default_rng(1).permutation(len(user))
    return Interactions(
        user[order], item[order], **{name: np.array(column) for name, column in columns.items()}
    )


def per_user(interactions: Interactions, label: np.ndarray) -> list[list[int]]:
    """[train, valid, test] of each user."""
    users = np.unique(interactions.user)
    return [np.bincount(label[interactions.user == user], minlength=3).tolist() for user in users]


def test_given_labels_are_taken() -> None:
    assert GivenSplit()(table([2, 1], label=[0, 2, 1])).tolist() == [0, 2, 1]
    with pytest.raises(
        ValueError, match="'interactions' needs to be a table with split labels in 'GivenSplit'"
    ):
        GivenSplit()(table([2, 1]))


def test_ratio_split_holds_out_what_the_field_does() -> None:
    counts = [1, 2, 3, 5, 9, 10, 14, 15, 19, 20, 100]
    held = [(0, 0), (0, 0), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 2), (1, 2), (2, 2), (10, 10)]
    interactions = table(counts)
    expected = [[n - valid - test, valid, test] for n, (valid, test) in zip(counts, held, strict=True)]
    assert per_user(interactions, RatioSplit()(interactions)) == expected


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ((0.5, 0.25, 0.25), [[1, 0, 0], [2, 1, 1], [10, 5, 5]]),
        ((0.8, 0.2, 0.0), [[1, 0, 0], [3, 1, 0], [16, 4, 0]]),
        ((0.8, 0.0, 0.2), [[1, 0, 0], [3, 0, 1], [16, 0, 4]]),
        ((0.8, 0.02, 0.18), [[1, 0, 0], [2, 1, 1], [16, 1, 3]]),
        ((1.0, 0.0, 0.0), [[1, 0, 0], [4, 0, 0], [20, 0, 0]]),
    ],
)
def test_ratio_split_takes_other_ratios(ratios: tuple, expected: list) -> None:
    interactions = table([1, 4, 20])
    assert per_user(interactions, RatioSplit(ratios)(interactions)) == expected


def test_a_seed_gives_one_split() -> None:
    interactions = table([30, 30])
    first = RatioSplit(seed=1)(interactions)
    assert first.dtype == np.int64
    assert np.array_equal(first, RatioSplit(seed=1)(interactions))
    assert not np.array_equal(first, RatioSplit(seed=2)(interactions))


def test_every_row_may_be_held_out() -> None:
    interactions = table([5])
    chosen = np.array([RatioSplit(seed=seed)(interactions) for seed in range(200)])
    assert np.allclose((chosen == 1).mean(axis=0), 0.2, atol=0.08)
    assert np.allclose((chosen == 2).mean(axis=0), 0.2, atol=0.08)


def test_leave_one_out_takes_the_latest() -> None:
    interactions = Interactions(
        np.array(["b", "a", "a", "a", "b", "a"]), np.arange(6), timestamp=np.array([1, 9, 2, 5, 2, 5])
    )
    # Of the two rows of user a at time 5 the lower one is later; user b has too few.
    assert LeaveOneOut()(interactions).tolist() == [0, 2, 0, 0, 0, 1]


def test_leave_one_out_can_be_random() -> None:
    interactions = table([1, 2, 3, 50])
    split = LeaveOneOut(seed=3)
    assert per_user(interactions, split(interactions)) == [[1, 0, 0], [2, 0, 0], [1, 1, 1], [48, 1, 1]]
    assert not np.array_equal(split(interactions), LeaveOneOut(seed=4)(interactions))


def test_temporal_split_cuts_global_time() -> None:
    interactions = Interactions(
        np.zeros(10, int), np.arange(10), timestamp=np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    )
    assert TemporalSplit()(interactions).tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert TemporalSplit((0.5, 0.0, 0.5))(interactions).tolist() == [2] * 5 + [0] * 5
    assert TemporalSplit((1.0, 0.0, 0.0))(interactions).tolist() == [0] * 10


def test_temporal_split_keeps_one_moment_together() -> None:
    interactions = Interactions(np.zeros(10, int), np.arange(10), timestamp=np.array([0] * 7 + [1] * 3))
    assert TemporalSplit()(interactions).tolist() == [0] * 7 + [2] * 3


@pytest.mark.parametrize("split", [LeaveOneOut(), TemporalSplit(), UserTemporalSplit()])
def test_time_is_needed(split: LeaveOneOut | TemporalSplit | UserTemporalSplit) -> None:
    name = type(split).__name__
    with pytest.raises(ValueError, match=f"'interactions' needs to be a table with timestamps in '{name}'"):
        split(table([3]))


@pytest.mark.parametrize("ratios", [(0.8, 0.1, 0.2), (0.0, 0.5, 0.5), (1.2, -0.1, -0.1), (0.9, 0.1)])
@pytest.mark.parametrize("split", [RatioSplit, TemporalSplit, UserTemporalSplit])
def test_bad_ratios_are_errors(split: type, ratios: tuple) -> None:
    with pytest.raises(ValueError, match=r"'ratios' needs to be three parts .* that sum to one") as error:
        split(ratios)
    assert split.__name__ in str(error.value)
    assert repr(ratios) in str(error.value)


def test_a_repr_tells_everything() -> None:
    assert repr(RatioSplit(seed=3)) == "RatioSplit(ratios=(0.8, 0.1, 0.1), seed=3)"
    assert repr(LeaveOneOut()) == "LeaveOneOut(seed=None)"
    assert repr(TemporalSplit()) == "TemporalSplit(ratios=(0.8, 0.1, 0.1))"
    assert repr(UserTemporalSplit()) == "UserTemporalSplit(ratios=(0.8, 0.1, 0.1))"
    assert repr(GivenSplit()) == "GivenSplit()"


def test_the_earliest_of_all_times_comes_first() -> None:
    time = np.array([-(2**63), 5, 6])
    interactions = Interactions(np.zeros(3, int), np.arange(3), timestamp=time)
    assert LeaveOneOut()(interactions).tolist() == [0, 1, 2]


def test_each_users_last_interactions_are_held_out() -> None:
    rng = np.random.default_rng(3)
    user, time = rng.integers(0, 30, 400), rng.integers(-20, 20, 400)
    interactions = Interactions(user, np.arange(400), timestamp=time)
    for ratios in ((0.8, 0.1, 0.1), (0.5, 0.2, 0.3), (0.8, 0.0, 0.2), (0.8, 0.2, 0.0), (1.0, 0.0, 0.0)):
        label = UserTemporalSplit(ratios)(interactions)
        assert per_user(interactions, label) == per_user(interactions, RatioSplit(ratios)(interactions))
        for each in range(30):
            rows = np.flatnonzero(user == each)
            in_time = sorted(rows.tolist(), key=lambda row: (time[row], row))
            assert label[in_time].tolist() == sorted(label[rows].tolist())


def test_users_of_a_temporal_split_need_not_be_numbers() -> None:
    interactions = Interactions(["b", "a", "b", "b", "a"], range(5), timestamp=[3, 1, 9, 5, 2])
    assert UserTemporalSplit((0.4, 0.3, 0.3))(interactions).tolist() == [0, 0, 2, 1, 0]
