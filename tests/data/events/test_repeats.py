"""Pairs that a table holds twice."""

import logging

import numpy as np
import pytest

from pygmmrec.data import Interactions
from pygmmrec.data.events.repeats import merge_repeats

TABLE = Interactions(
    np.array(["a", "b", "a", "a"]),
    np.array([1, 1, 1, 1]),
    label=np.array([0, 0, 2, 0]),
    timestamp=np.array([5, 5, 1, 3]),
)


def test_the_earliest_row_of_each_label_stays(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        merged = merge_repeats(TABLE, across_labels=False)
    assert merged.user.tolist() == ["b", "a", "a"]
    assert merged.timestamp is not None
    assert merged.timestamp.tolist() == [5, 1, 3]
    assert caplog.messages == ["merged 1 rows that repeat a pair of user and item"]


def test_labels_may_not_matter() -> None:
    merged = merge_repeats(TABLE, across_labels=True)
    assert merged.label is not None
    assert merged.label.tolist() == [0, 2]


def test_without_time_the_first_row_stays_and_nothing_is_reordered(caplog: pytest.LogCaptureFixture) -> None:
    table = Interactions(
        np.array([3, 1, 3, 2]), np.array([4, 4, 4, 4]), rating=np.array([1.0, 2.0, 3.0, 4.0])
    )
    merged = merge_repeats(table, across_labels=True)
    assert merged.user.tolist() == [3, 1, 2]
    assert merged.rating is not None
    assert merged.rating.tolist() == [1.0, 2.0, 4.0]


def test_nothing_is_logged_where_nothing_repeats(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        table = Interactions(np.array([1, 2]), np.array([1, 1]))
        assert len(merge_repeats(table, across_labels=True)) == 2
    assert caplog.messages == []


def test_the_latest_row_may_stay() -> None:
    merged = merge_repeats(TABLE, across_labels=True, repeats="latest")
    assert merged.timestamp is not None
    assert (merged.user.tolist(), merged.timestamp.tolist()) == (["a", "b"], [5, 5])


def test_ratings_of_a_pair_are_added_up() -> None:
    table = Interactions([3, 1, 3, 2], [4, 4, 4, 4], rating=[1.0, 2.0, 3.5, 4.0], timestamp=[9, 1, 5, 1])
    merged = merge_repeats(table, across_labels=True, repeats="sum")
    assert merged.rating is not None
    assert merged.timestamp is not None
    assert merged.user.tolist() == [3, 1, 2]
    assert merged.rating.tolist() == [4.5, 2.0, 4.0]
    assert merged.rating.dtype == np.float32
    assert merged.timestamp.tolist() == [9, 1, 1]


def test_rows_of_a_pair_are_counted_where_nothing_is_rated() -> None:
    merged = merge_repeats(TABLE, across_labels=False, repeats="sum")
    assert merged.rating is not None
    assert (merged.user.tolist(), merged.rating.tolist()) == (["a", "b", "a"], [2, 1, 1])
    once = merge_repeats(Interactions([1, 2], [1, 1]), across_labels=True, repeats="sum")
    assert once.rating is not None
    assert once.rating.tolist() == [1, 1]
