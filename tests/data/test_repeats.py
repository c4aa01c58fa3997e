"""Pairs that a table holds twice."""

import logging

import numpy as np
import pytest

from pygmmrec.data import Interactions
from pygmmrec.data.repeats import merge_repeats

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
