"""Columns of ids and of numbers, from whatever holds them."""

import numpy as np
import pandas as pd
import pytest
import torch

from pygmmrec.data.column import as_column, as_numbers, factorize, few


@pytest.mark.parametrize(
    "values",
    [
        [3, 1],
        (np.int32(3), 1),
        np.array([3, 1], dtype=np.uint8),
        np.array([[3.0], [1.0]]),
        np.array([3, 1], dtype=object),
        torch.tensor([3, 1], dtype=torch.int32),
        pd.Series([3, 1]),
        range(3, 0, -2),
    ],
)
def test_integers_become_int64(values: object) -> None:
    column = as_column(values, "user", "test")
    assert column.dtype == np.int64
    assert column.tolist() == [3, 1]


@pytest.mark.parametrize("values", [["1", 1], ["a", "b"], [(1, 2), (3, 4)], [2**64, 1], [b"x", "x"]])
def test_other_ids_stay_what_they_are(values: list) -> None:
    column = as_column(values, "user", "test")
    assert column.dtype == object
    assert column.tolist() == values


def test_integers_above_int64_do_not_wrap() -> None:
    assert as_column(np.array([2**63], dtype=np.uint64), "user", "test").tolist() == [2**63]


def test_numbers_are_integers_where_they_can_be() -> None:
    assert as_numbers(["3", "4.0"], "rating", "test").dtype == np.int64
    assert as_numbers([3.5, 1], "rating", "test").tolist() == [3.5, 1.0]
    assert as_numbers(torch.tensor([0, 1]), "rating", "test").dtype == np.int64
    dates = np.array(["1970-01-02", "1970-01-01T00:00:05"], dtype="datetime64[ns]")
    assert as_numbers(dates, "timestamp", "test").tolist() == [86400, 5]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["1", "good"], r"'rating' needs to be a column of numbers in 'test' \(got \['good'\]"),
        ([1.0, float("nan")], r"finite in each row in 'test' \(got 'NaN or infinity in rows \[1\]"),
        (np.array([1j]), "a column of numbers in 'test'"),
        (3, "a list, array, tensor or pandas column"),
    ],
)
def test_other_numbers_are_errors(values: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_numbers(values, "rating", "test")


@pytest.mark.parametrize(
    ("values", "distinct", "codes"),
    [
        ([5, 3, 5], [3, 5], [1, 0, 1]),
        (["b", "a", "b"], ["a", "b"], [1, 0, 1]),
        (["b", 3, "b"], ["b", 3], [0, 1, 0]),
    ],
)
def test_factorize_sorts_what_it_can(values: list, distinct: list, codes: list) -> None:
    found, positions = factorize(as_column(values, "user", "test"))
    assert found.tolist() == distinct
    assert positions.tolist() == codes


def test_few_shows_that_there_is_more() -> None:
    assert few([1, 2], 2) == [1, 2]
    assert str(few([1, 2, 3], 2)) == "[1, 2, ...]"
