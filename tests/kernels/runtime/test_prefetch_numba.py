"""The hint reaches the machine code, and changes no result."""

import numba
import numpy as np
import pytest

from pygmmrec.kernels.runtime.prefetch_numba import prefetch


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_hint_is_an_instruction_and_no_more(dtype) -> None:
    @numba.njit
    def sum_up(x):
        total = 0.0
        for row in range(x.shape[0]):
            prefetch(x, min(row + 1, x.shape[0] - 1), 0)
            for column in range(x.shape[1]):
                total += x[row, column]
        return total

    x = np.arange(12, dtype=dtype).reshape(4, 3)
    assert sum_up(x) == x.sum()
    assert np.array_equal(x, np.arange(12).reshape(4, 3))
    (code,) = sum_up.inspect_llvm().values()
    assert "call void @llvm.prefetch" in code
