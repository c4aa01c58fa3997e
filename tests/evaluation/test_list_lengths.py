import logging
from typing import Any

import numpy as np
import pytest
import torch

from pygmmrec.evaluation.list_lengths import KS, list_lengths


@pytest.mark.parametrize(
    "given", [(5, 20), [5, 20], np.array([5, 20]), torch.tensor([5, 20]), (np.int64(5), 20), [5, 20, 5]]
)
def test_plain_and_each_once(given: Any) -> None:
    found = list_lengths(given, 30, "evaluate")
    assert found == (5, 20)
    assert all(type(k) is int for k in found)
    assert list_lengths(range(1, 4), 30, "evaluate") == (1, 2, 3)


def test_the_default_leaves_out_what_is_too_long_with_a_word(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="pygmmrec"):
        assert list_lengths(None, 50, "evaluate") == KS
        assert caplog.text == ""
        assert list_lengths(None, 20, "evaluate") == (5, 10, 20)
        assert "There are 20 items" in caplog.text
        assert list_lengths(None, 3, "evaluate") == (3,)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((), "'ks' needs to be one list length or more"),
        (20, r"Give a list, such as \[20\]"),
        ("20", r"Give a list, such as \[20\]"),
        (np.int64(20), r"Give a list, such as \[20\]"),
        ((5.0,), "'ks' needs to be an integer"),
        ((True,), "'ks' needs to be an integer"),
        ((0,), r"'ks' needs to be between 1 and the number of items \(30\)"),
        ((31,), r"'ks' needs to be between 1 and the number of items \(30\)"),
    ],
)
def test_anything_else_is_an_error(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list_lengths(given, 30, "evaluate")
