"""Columns are found by their names, and none is left out unseen."""

import logging

import pytest

from pygmmrec.data import Columns
from pygmmrec.data.columns import wanted_columns

BOTH = ["itemID", "userID"]


def test_a_renamed_column_has_to_be_there() -> None:
    wanted = wanted_columns(Columns(), [*BOTH, "rating"], "test")
    assert wanted == {"user": "userID", "item": "itemID", "rating": "rating"}
    with pytest.raises(
        ValueError, match=r"'columns.rating' needs to be one of the columns .* \(got 'stars'\)"
    ):
        wanted_columns(Columns(rating="stars"), [*BOTH, "rating"], "test")


def test_the_types_of_recbole_are_no_part_of_a_name() -> None:
    names = ["user_id:token", "item_id:token", "rating:float", "timestamp:float"]
    wanted = {"user": names[0], "item": names[1], "rating": names[2], "timestamp": names[3]}
    assert wanted_columns(Columns("user_id", "item_id"), names, "test") == wanted
    assert wanted_columns(Columns("user_id:token", "item_id:token"), names, "test") == wanted
    assert wanted_columns(Columns(), [*BOTH, "rating:float", "rating"], "test")["rating"] == "rating"


def test_columns_that_are_left_out_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        wanted_columns(Columns(rating=None), [*BOTH, "rating", 7], "a.inter")
    assert caplog.messages == ["columns of a.inter that are left out: ['rating', 7]"]


@pytest.mark.parametrize("name", ["Rating", "rating ", "RATING", "Rating:float"])
def test_a_column_that_is_called_almost_so_serves(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert wanted_columns(Columns(), [*BOTH, name], "test")["rating"] == name
    assert caplog.messages == [f"column {name!r} of test serves as rating"]
    assert "rating" not in wanted_columns(Columns(rating=None), [*BOTH, name], "test")
    message = (
        r"'columns.rating' needs to be one of .*Columns\(rating='Rating'\), or leave it out by rating=None"
    )
    with pytest.raises(ValueError, match=message):  # which of them?
        wanted_columns(Columns(), [*BOTH, "Rating", "RATING"], "test")


@pytest.mark.parametrize(
    ("names", "user", "item"),
    [
        (["user_id", "item_id"], "user_id", "item_id"),
        (["movieId", "userId", "title"], "userId", "movieId"),
        (["user_id:token", "item_id:token"], "user_id:token", "item_id:token"),
        (["reviewerID", "asin"], "reviewerID", "asin"),
        (["0", "1"], "0", "1"),
    ],
)
def test_names_of_the_field_for_users_and_items(names: list[str], user: str, item: str) -> None:
    assert wanted_columns(Columns(), names, "test") == {"user": user, "item": item}


def test_a_file_of_four_columns_without_a_header() -> None:
    wanted = wanted_columns(Columns(), ["0", "1", "2", "3"], "test")
    assert wanted == {"user": "0", "item": "1", "rating": "2", "timestamp": "3"}
    assert wanted_columns(Columns("1", "0", None, "2", None), ["0", "1", "2"], "test")["timestamp"] == "2"


@pytest.mark.parametrize(
    ("columns", "names", "message"),
    [
        (Columns(), ["user_key", "item"], r"got 'userID'\). Name the column .*Columns\(user='user_key'\)"),
        (Columns(), ["userID", "items"], r"got 'itemID'\). Name the column .*Columns\(item='items'\)"),
        (Columns(), ["item", "asin", "user"], r"got 'itemID'\). Name the column .*Columns\(item='item'\)"),
        (Columns(), ["0", "1", "2"], r"got 'userID'\). Say which is which, as in columns=Columns\(user='0'"),
        (Columns(), ["userID", "userID", "itemID"], "'columns.user' needs to be a column that is there once"),
        (Columns(item="userID"), ["userID", "itemID"], "'columns.item' needs to be .*serves once"),
        ({"user": "userID"}, BOTH, r"'columns' needs to be Columns in 'test'.*Write columns=Columns"),
        (Columns(), [f"c{i}" for i in range(10**5)], r"'c19', \.\.\.\] in 'test'"),
    ],
)
def test_other_columns_are_errors(columns: Columns, names: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        wanted_columns(columns, names, "test")
    assert len(str(error.value)) < 500
