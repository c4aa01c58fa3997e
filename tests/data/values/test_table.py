"""Every column has a rule."""

from dataclasses import fields

import pytest

from pygmmrec.data import Interactions
from pygmmrec.data.values.table import RULES, clean


def test_every_column_of_a_table_has_a_rule() -> None:
    assert list(RULES) == [field.name for field in fields(Interactions)]


@pytest.mark.parametrize(
    ("column", "values", "found"),
    [
        ("user", [1.0, 2.0], [1, 2]),
        ("item", ["007"], ["007"]),
        ("label", ["2"], [2]),
        ("rating", ["4.5"], [4.5]),
        ("timestamp", ["1970-01-02"], [86400]),
    ],
)
def test_a_column_is_cleaned_by_its_rule(column: str, values: list, found: list) -> None:
    assert clean(column, values, column, "test").tolist() == found


def test_an_error_names_what_was_asked_for() -> None:
    with pytest.raises(ValueError, match=r"'item of a.inter' needs to be free of missing ids in 'reader'"):
        clean("item", [None], "item of a.inter", "reader")
