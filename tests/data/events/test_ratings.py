"""A row rated zero is no interaction."""

import logging

import numpy as np
import pytest

from pygmmrec.data import Columns, Interactions, RatioSplit, build_hetero_data
from pygmmrec.data.events.ratings import without_zeros
from pygmmrec.data.events.steps import Steps
from pygmmrec.typing import INTERACTS

TRAIN = RatioSplit((1.0, 0.0, 0.0))
TABLE = {"userID": [0, 0, 0, 1, 1, 2], "itemID": [0, 1, 2, 0, 1, 2], "rating": [1, 0, 1, 0, 1, 0]}


def test_rows_rated_zero_are_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        data = build_hetero_data(TABLE, split=TRAIN)
    assert data[INTERACTS].edge_index.tolist() == [[0, 0, 1], [0, 2, 1]]
    assert (data["user"].num_nodes, data["item"].num_nodes) == (3, 3)  # user 2 was shown an item
    assert "left out 3 of 6 rows whose rating is zero" in caplog.text
    assert "Columns(rating=None)" in caplog.text
    assert data.origin["steps"] == [{"step": "rating", "reason": "whose rating is zero", "rows": 3}]


def test_a_click_after_an_impression_is_an_interaction() -> None:
    table = {"userID": [0, 0], "itemID": [5, 5], "rating": [0, 1], "timestamp": [1, 2]}
    assert build_hetero_data(table, split=TRAIN)[INTERACTS].timestamp.tolist() == [2]


def test_without_the_column_every_row_is_one() -> None:
    data = build_hetero_data(TABLE, split=TRAIN, columns=Columns(rating=None))
    assert data[INTERACTS].edge_index.size(1) == 6


@pytest.mark.parametrize("rating", [None, np.array([0.5, 5.0])])
def test_a_table_of_interactions_only_is_itself(rating: np.ndarray | None) -> None:
    table = Interactions(np.array([1, 2]), np.array([1, 2]), rating=rating)
    assert without_zeros(table, Steps(2)) is table


@pytest.mark.parametrize(
    ("rating", "message"),
    [
        (
            [1, -1],
            r"'rating' needs to be zero \(no interaction\) or above .*\[-1.0\]\). Say which count",
        ),
        ([0, 0], r"'rating' needs to be above zero in some row .*'2 rows of zero'"),
    ],
)
def test_other_ratings_are_errors(rating: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_hetero_data({"userID": [1, 2], "itemID": [1, 2], "rating": rating})
