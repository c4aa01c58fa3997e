"""What an id may be: right, or refused."""

import decimal

import numpy as np
import pandas as pd
import pytest
import torch

from pygmmrec.data.values.ids import as_ids


@pytest.mark.parametrize(
    "values",
    [
        [3, 1],
        np.array([3.0, 1.0]),
        np.array([3, 1], dtype=np.float16),
        [3, 1.0],
        pd.Series([3, 1], dtype="Int64"),
        torch.tensor([[3], [1]]),
        np.array([np.int64(3), 1], dtype=object),
    ],
)
def test_integers_become_int64(values: object) -> None:
    column = as_ids(values, "user", "test")
    assert column.dtype == np.int64
    assert column.tolist() == [3, 1]


@pytest.mark.parametrize(
    "values",
    [
        ["1", 1],
        ["007", "7", "+7", "7e0"],
        ["1.0", "2.0"],
        ["1.5", "1.50"],
        [(1, 2), (3, 4)],
        [2**64, 1],
        [2**63, 2**63 + 1, -1],
        [2**53, 2**53 + 1],
        [b"x", "x"],
        ["é", "e\u0301", "日本", "a b", "O'Neil", 'say "hi"', "nano", "nonesuch"],
        [2.5, 7.25],
    ],
)
def test_ids_stay_what_they_are(values: list) -> None:
    assert as_ids(values, "user", "test").tolist() == values


def test_large_integers_never_pass_through_floats() -> None:
    assert as_ids(np.array([2**63], dtype=np.uint64), "user", "test").tolist() == [2**63]
    assert as_ids([2**53, 2**53 + 1, 1.0], "user", "test").tolist() == [2**53, 2**53 + 1, 1]
    assert as_ids(pd.Series([2**60 + 1, 3], dtype="Int64"), "user", "test").tolist() == [2**60 + 1, 3]


def test_a_whole_float_is_the_integer_wherever_it_stands() -> None:
    mixed = as_ids([1.0, "a", 2.5], "user", "test").tolist()
    assert mixed == [1, "a", 2.5]
    assert type(mixed[0]) is int


@pytest.mark.parametrize(
    "value",
    [None, float("nan"), np.datetime64("NaT"), pd.NA, pd.NaT, "", b"", ("a", None), decimal.Decimal("NaN")],
)
def test_a_missing_id_is_an_error(value: object) -> None:
    with pytest.raises(
        ValueError, match=r"'user' needs to be free of missing ids in 'test'.*Drop those rows"
    ):
        as_ids(["a", value], "user", "test")


@pytest.mark.parametrize(
    "word",
    ["nan", "NaN", "NAN", "NULL", "null", "None", "NONE", "NaT", "NA", "N/A", "<NA>", "#N/A", "nil", "\\N"],
)
def test_a_word_for_nothing_is_an_error(word: str) -> None:
    with pytest.raises(ValueError, match="'user' needs to be free of words that stand for a missing id"):
        as_ids(["a", word, word], "user", "test")


@pytest.mark.parametrize(
    "text",
    [" a", "a ", "\ta", "a\xa0", "a\0", "a\0b", "a\nb", "\ufeffa", "a\u200b", "a\u2028b", "\ud800", " "],
)
def test_a_text_with_more_than_can_be_seen_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="'user' needs to be ids without white space around them"):
        as_ids(["a", text], "user", "test")


@pytest.mark.parametrize("pair", [["1.0", "1"], ["1", "1.0"], ["1.0", "1.00"], ["-3.", "-3"]])
def test_one_number_in_two_writings_is_an_error(pair: list[str]) -> None:
    with pytest.raises(ValueError, match=r"one number written in two ways .*\(got \["):
        as_ids(["a", *pair], "user", "test")


@pytest.mark.parametrize(
    ("values", "bits"),
    [
        (np.array([2.0**53, 1.0]), 53),
        ([1e300, "a"], 53),
        ([2**53, float(2**53 + 1)], 53),  # equal, as floats
        (np.array([2**24 + 1, 5], dtype=np.float32), 24),
        (torch.tensor([2048.0, 1.0], dtype=torch.float16), 11),
    ],
)
def test_floats_that_skip_integers_are_an_error(values: object, bits: int) -> None:
    message = (
        rf"'user' needs to be below 2\*\*{bits} where ids are float.*Read the column as integers or strings"
    )
    with pytest.raises(ValueError, match=message):
        as_ids(values, "user", "test")


@pytest.mark.parametrize(
    "values",
    [
        [True, 2],
        np.array([True, False]),
        np.array(["2024-05-01"], dtype="datetime64[ns]"),
        np.array([1], dtype="timedelta64[s]"),
        np.array([1j]),
        [1j],
        [np.bool_(True), "a"],
    ],
)
def test_other_kinds_are_no_ids(values: object) -> None:
    with pytest.raises(ValueError, match="'user' needs to be ids in 'test'"):
        as_ids(values, "user", "test")


def test_a_very_long_id_is_an_id_like_any_other() -> None:
    column = as_ids(["a" * 10**6, "b"], "user", "test")
    assert [len(text) for text in column] == [10**6, 1]
    with pytest.raises(ValueError, match="white space") as error:
        as_ids(["a" * 10**6 + " "], "user", "test")
    assert len(str(error.value)) < 400
