"""Numbers, ratings and labels, from whatever holds them."""

import decimal

import numpy as np
import pandas as pd
import pytest
import torch

from pygmmrec.data.values.numbers import LABELS, as_labels, as_numbers, as_ratings


def test_numbers_are_integers_where_they_can_be() -> None:
    assert as_numbers(["3", "4.0"], "rating", "test").dtype == np.int64
    assert as_numbers([3.5, 1], "rating", "test").tolist() == [3.5, 1.0]
    assert as_numbers(["-1e3", "+.5", "7."], "rating", "test").tolist() == [-1000.0, 0.5, 7.0]
    assert as_numbers(torch.tensor([0, 1]), "rating", "test").dtype == np.int64
    assert as_numbers([True, decimal.Decimal("1.5"), "2"], "rating", "test").tolist() == [1.0, 1.5, 2.0]
    assert as_numbers(["9223372036854775807", "1"], "time", "test").tolist() == [2**63 - 1, 1]


def test_large_unsigned_integers_do_not_wrap() -> None:
    assert as_numbers(np.array([2**63 + 2048], dtype=np.uint64), "rating", "test").tolist() == [
        2.0**63 + 2048
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["1", "good"], r"'rating' needs to be a column of numbers in 'test' \(got \['good'\]"),
        (["1", "1e-400"], r"a column of numbers .*\['1e-400'\]"),
        ([decimal.Decimal("-1e-400")], "a column of numbers"),
        (["1_0"], r"a column of numbers .*'1_0'"),
        (["٣"], "a column of numbers"),
        (["nan"], "a column of numbers"),
        (["1\0"], "a column of numbers"),
        (["0x1"], "a column of numbers"),
        ([""], "a column of numbers"),
        ([None, 1], "a column of numbers"),
        ([[1], [2]], "a column of numbers"),
        ([1.0, float("nan")], r"finite in each row in 'test' \(got 'NaN or infinity in rows \[1\]"),
        (pd.Series([1.5, None], dtype="Float64"), "finite in each row"),
        ([10**400], "finite in each row"),
        (np.array([1j]), "a column of numbers in 'test'"),
        (np.array(["2024"], dtype="datetime64[D]"), "a column of numbers in 'test'"),
        (3, "a list, array, tensor or pandas column"),
    ],
)
def test_other_numbers_are_errors(values: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_numbers(values, "rating", "test")


def test_ratings_are_finite_in_float32() -> None:
    assert as_ratings(["4.5", "3"], "rating", "test").dtype == np.float32
    with pytest.raises(ValueError, match=r"'rating' needs to be finite in float32 .*\[1e\+39\]\). Scale"):
        as_ratings([1.0, 1e39], "rating", "test")


def test_a_rating_that_is_nearly_zero_is_not_taken_for_none() -> None:
    assert as_ratings(["0", "-0.0", "0e5", ".0", "1e-45"], "rating", "test").tolist()[:4] == [0.0] * 4
    for tiny in ([1.0, 1e-46], ["1", "-1e-46"]):
        with pytest.raises(ValueError, match=r"'rating' needs to be zero, or far enough .*1e-46\]\). Scale"):
            as_ratings(tiny, "rating", "test")


def test_labels_are_those_of_the_parts() -> None:
    assert as_labels(["0", "1.0", 2], "label", "test").tolist() == list(LABELS.values())
    with pytest.raises(
        ValueError, match=r"'label' needs to be 0 \(train\).*got \[0.5, 3.0\]\).*Columns\(label"
    ):
        as_labels([0, 3, 0.5], "label", "test")
