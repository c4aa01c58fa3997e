"""Which users and items there are."""

import numpy as np
import pytest

from pygmmrec.data import IdMap
from pygmmrec.data.features import Features
from pygmmrec.data.universe import Universe, item_universe, user_universe

COLUMN = np.array([4, 2, 4])
ROWS = np.ones((5, 2), dtype=np.float32)


def test_users_are_those_given_or_those_of_the_table() -> None:
    assert user_universe(COLUMN, None).ids.ids == (2, 4)
    assert user_universe(COLUMN, [4, 2, 9]).ids.ids == (4, 2, 9)


def test_items_come_from_the_first_source_that_names_them() -> None:
    plain, named = Features(ROWS, name="a"), Features(ROWS, [9, 8, 4, 3, 2], name="b")
    assert item_universe(COLUMN, [4, 2], {"b": named}).ids.ids == (4, 2)
    assert item_universe(COLUMN, None, {"a": plain, "b": named}).ids.ids == (9, 8, 4, 3, 2)
    assert item_universe(COLUMN, None, {"a": plain}).ids.ids == range(5)
    assert item_universe(COLUMN, None, {}).ids.ids == (2, 4)


def test_where_modalities_may_lack_items_there_are_those_of_all_sources() -> None:
    features = {"a": Features(ROWS[:2], [9, 4], name="a"), "b": Features(ROWS[:3], [7, 4, 8], name="b")}
    assert item_universe(COLUMN, None, features, union=True).ids.ids == (9, 4, 7, 8, 2)
    assert item_universe(COLUMN, None, {"a": Features(ROWS)}, union=True).ids.ids == range(5)
    assert item_universe(COLUMN, [1], features, union=True).ids.ids == (1,)


def test_rows_that_number_items_differently_are_an_error() -> None:
    features = {"a": Features(ROWS, name="a"), "b": Features(ROWS[:4], name="b")}
    with pytest.raises(
        ValueError, match=r"'b' needs to be a matrix of 5 rows, as a is .* \(got '4 rows'\). Give"
    ):
        item_universe(COLUMN, None, features)


def test_an_id_outside_is_named_with_the_place_that_lacks_it() -> None:
    universe = item_universe(COLUMN, None, {"a": Features(ROWS[:4], name="a")})
    with pytest.raises(
        ValueError,
        match=r"'interactions.item' needs to be within 0 to 3, the row numbers of a .* \(got \[4\]\)",
    ):
        universe.encode(COLUMN, "interactions.item")


def test_a_column_is_encoded_by_the_order_of_the_ids() -> None:
    assert Universe(IdMap([4, 9, 2]), "a test").encode(COLUMN, "item").tolist() == [0, 2, 0]
