"""Rows in the order of several columns, as NumPy's own sort gives it."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pygmmrec.data.values.order import order_by, order_by_ref

DRAWS: dict[str, Any] = {
    "small": lambda rng, n: rng.integers(3, size=n),
    "large": lambda rng, n: rng.integers(-(2**63), 2**63 - 1, size=n),
    "unsigned": lambda rng, n: rng.integers(2**64, size=n, dtype=np.uint64),
    "floats": lambda rng, n: rng.normal(size=n).round(1) * rng.choice([-1.0, 0.0, 1e-300], size=n),
    "half": lambda rng, n: rng.normal(size=n).astype(np.float16),
    "flags": lambda rng, n: rng.random(n) < 0.5,
    "texts": lambda rng, n: rng.integers(5, size=n).astype(str),
}


@pytest.mark.parametrize("size", [0, 1, 7, 1000])
@pytest.mark.parametrize("last", DRAWS)
@pytest.mark.parametrize("first", DRAWS)
def test_as_lexsort(size: int, first: str, last: str) -> None:
    rng = np.random.default_rng(size)
    keys = [DRAWS[name](rng, size) for name in (first, "small", last)]
    before = [key.copy() for key in keys]
    assert order_by(*keys).tolist() == order_by_ref(*keys).tolist()
    assert order_by(keys[2]).tolist() == np.argsort(keys[2], kind="stable").tolist()
    assert all(np.array_equal(*pair) for pair in zip(keys, before, strict=True))


def test_keys_that_do_not_fit_side_by_side() -> None:
    rng = np.random.default_rng(0)
    keys = [rng.integers(2**40, size=50) for _ in range(2)]
    keys[0][:25] = keys[0][25:]
    assert order_by(*keys).tolist() == order_by_ref(*keys).tolist()


def test_a_column_of_arrow_may_be_read_only() -> None:
    key = pa.array([3, 1, 2]).to_numpy()
    assert not key.flags.writeable
    assert order_by(key).tolist() == [1, 2, 0]
