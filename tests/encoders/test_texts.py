"""Texts of columns: joined, blank, equal, ordered."""

import numpy as np
import pandas as pd
import pytest

from pygmmrec.encoders.texts import Texts, template_names

COLUMNS = {"name": ["A", "", "C", "A"], "tags": ["x", "\u200b", None, "x"]}


def all_of(texts: Texts) -> list[str]:
    return texts.take(np.arange(len(texts)))


def test_what_is_blank_in_all_columns_is_missing() -> None:
    texts = Texts(COLUMNS, "{name} ({tags}) {{}}")
    assert all_of(texts) == ["A (x) {}", "", "C () {}", "A (x) {}"]
    assert texts.missing.tolist() == [False, True, False, False]
    assert texts.first.tolist() == [0, 1, 2, 0]


def test_only_named_columns_count() -> None:
    assert Texts(COLUMNS, "{tags}").missing.tolist() == [False, True, True, False]


def test_columns_that_are_not_named_may_hold_anything() -> None:
    assert all_of(Texts({"a": ["x"], "b": [object()]}, "{a}")) == ["x"]
    assert all_of(Texts(pd.DataFrame({7: ["x"], "b": [b"y"]}), "<{7}>")) == ["<x>"]


def test_a_column_without_a_name_is_text() -> None:
    assert all_of(Texts(["a", ""], "passage: {text}")) == ["passage: a", ""]


def test_the_longest_come_first_and_each_once() -> None:
    texts = Texts(["a", "ccc", "", "bb", "ccc", "é"])  # é has two bytes
    assert texts.take(texts.distinct()) == ["ccc", "bb", "é", "a"]


def test_the_digest_is_of_the_texts_and_their_order() -> None:
    digests = {Texts(raw).digest for raw in (["ab", "c"], ["a", "bc"], ["c", "ab"], ["ab", "c", ""])}
    assert len(digests) == 4
    assert Texts(["a", None]).digest == Texts(["a", " "]).digest == Texts({"x": ["a", ""]}, "{x}").digest


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (None, r"one column of texts.*template='\{name\}: \{tags\}'"),
        ("name", "a text that names columns"),
        ("{name", "a text that names columns"),
        (7, "a text that names columns"),
        ("{nam}", r"made of the columns \['name', 'tags'\]"),
        ("{name!r}", "without formats"),
        ("{name:>9}", "without formats"),
    ],
)
def test_a_template_that_does_not_fit_is_an_error(template: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Texts(COLUMNS, template)


def test_a_template_names_columns() -> None:
    assert template_names("{b} {a} {b}", ["a", "b", "c"]) == ["b", "a", "b"]
