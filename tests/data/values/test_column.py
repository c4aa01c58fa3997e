"""Columns from whatever holds them, and how messages show a few values."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch

from pygmmrec.data.values.column import Few, distinct, factorize, few, find_integers, flat


@pytest.mark.parametrize(
    "values",
    [
        [3, 1],
        (np.int32(3), 1),
        [torch.tensor(3), torch.tensor(1)],
        np.array([3, 1], dtype=np.uint8),
        np.array([[3], [1]]),
        np.array([3, 1], dtype=object),
        np.ma.masked_array([3, 1], mask=[False, False]),
        torch.tensor([3, 1], dtype=torch.int32),
        pd.Series([3, 1]),
        pd.Series([3, 1], dtype="Int64"),
        pd.Index([3, 1]),
        range(3, 0, -2),
        (value for value in (3, 1)),
        {3: "a", 1: "b"}.keys(),
    ],
)
def test_every_source_gives_a_flat_array(values: object) -> None:
    column = flat(values, "user", "test")
    assert column.shape == (2,)
    assert column.tolist() == [3, 1]


def test_values_of_two_types_are_never_joined() -> None:
    assert flat([2**53 + 1, 1.5], "user", "test").tolist() == [2**53 + 1, 1.5]
    assert flat([2**63, -1], "user", "test").tolist() == [2**63, -1]
    assert flat([1, "1", True], "user", "test").dtype == object


def test_dates_stay_dates() -> None:
    assert flat([np.datetime64("2024-05-01", "ns")], "time", "test").dtype.kind == "M"
    zoned = pd.Series(pd.to_datetime(["2024-05-01 02:00+02:00"]))
    assert flat(zoned, "time", "test").astype("datetime64[h]") == np.datetime64("2024-05-01T00", "h")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (3, "a list, array, tensor or pandas column"),
        ("abc", "a list, array, tensor or pandas column"),
        ({"a": 1}, "a list, array, tensor or pandas column"),
        ({1, 2}, r"'user' needs to be in some order in 'test' \(got 'set'\). Make a sorted list"),
        (np.ones((2, 2)), r"'user' needs to be one column .*shape \[2, 2\]"),
        (np.array(5), r"'user' needs to be one column .*shape \[\]"),
        (sp.eye(3, format="csr"), r"'user' needs to be dense in 'test' \(got 'csr_matrix'\).*toarray"),
        (torch.tensor([1, 0]).to_sparse(), r"'user' needs to be dense .*to_dense"),
        (np.ma.masked_array([1, 2], [0, 1]), "free of masked values .*1 masked values.*Drop those rows"),
        (torch.ones(2, dtype=torch.bfloat16), "a tensor that NumPy can hold .*bfloat16"),
        (torch.ones(2, device="meta"), "a tensor that NumPy can hold .*meta"),
    ],
)
def test_what_is_no_column_is_an_error(values: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        flat(values, "user", "test")


def test_distinct_values_come_in_the_order_of_their_rows() -> None:
    assert distinct(np.array(["b", 3, "b", ("x", 1)], dtype=object), "user", "test") == ["b", 3, ("x", 1)]


class Thing:
    """Compares by identity, as objects do that say nothing else."""


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1], r"ids that can be hashed in 'test' \(got \['str', 'list'\]\). Use strings"),
        (Thing(), r"ids that compare by value in 'test' \(got \['Thing'\]\). Use strings"),
    ],
)
def test_values_that_cannot_be_told_apart_are_errors(value: object, message: str) -> None:
    column = np.empty(2, dtype=object)
    column[:] = ["a", value]
    with pytest.raises(ValueError, match=message):
        distinct(column, "user", "test")


@pytest.mark.parametrize(
    ("values", "found", "codes"),
    [
        ([5, 3, 5], [3, 5], [1, 0, 1]),
        (["b", "a", "b"], ["a", "b"], [1, 0, 1]),
        (["b", 3, "b"], ["b", 3], [0, 1, 0]),
    ],
)
def test_factorize_sorts_what_it_can(values: list, found: list, codes: list) -> None:
    ids, positions = factorize(flat(values, "user", "test"))
    assert ids.tolist() == found
    assert positions.tolist() == codes


@pytest.mark.parametrize("show", [repr, str, "{}".format])
def test_few_shows_that_there_is_more(show: Callable[[object], str]) -> None:
    assert few([1, 2], 2) == [1, 2]
    assert show(few([1, 2], 2)) == "[1, 2]"
    assert show(few(["a", 2, 3], 2)) == "['a', 2, ...]"
    assert isinstance(few([]), Few)
    assert show(few([])) == "[]"


def test_few_cuts_long_values() -> None:
    assert len(repr(few(["a" * 10**6, 10**1000, "b"]))) < 300


@pytest.mark.parametrize("values", [[5, 3, 5, 4], [-7, 10**15, -7], [0], [], [-(2**63), 2**63 - 1, 0]])
def test_integers_are_factorized_as_numpy_does(values: list[int]) -> None:
    column = np.array(values, dtype=np.int64)
    ids, codes = factorize(column)
    wanted = np.unique(column, return_inverse=True)
    assert ids.dtype == np.int64
    assert ids.tolist() == wanted[0].tolist()
    assert codes.tolist() == wanted[1].reshape(-1).tolist()


def test_integers_are_found_by_value() -> None:
    ids = np.array([7, -2, 10**15])
    assert find_integers(ids, np.array([10**15, 7, 8, -2, -3])).tolist() == [2, 0, -1, 1, -1]
    assert find_integers(ids[:0], np.array([1])).tolist() == [-1]
    assert find_integers(ids, ids[:0]).tolist() == []
