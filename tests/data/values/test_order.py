"""Rows in the order of several columns, as NumPy's own sort gives it."""

import numpy as np
import pytest

from pygmmrec.data.values.order import order_by


@pytest.mark.parametrize("size", [0, 1, 7, 1000])
@pytest.mark.parametrize("top", [1, 5, 10**9])
def test_as_lexsort(size: int, top: int) -> None:
    rng = np.random.default_rng(size)
    first, second = rng.integers(3, size=size), rng.integers(top, size=size)
    third = rng.random(size).round(1)
    assert order_by(first, second, third).tolist() == np.lexsort((third, second, first)).tolist()
    assert order_by(first).tolist() == np.argsort(first, kind="stable").tolist()


def test_negative_numbers_are_compared() -> None:
    key = np.array([3, -1, 3, -2, 0])
    assert order_by(key).tolist() == [3, 1, 4, 0, 2]
