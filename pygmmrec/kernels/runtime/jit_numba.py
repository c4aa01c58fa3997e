"""How the kernels of numba are compiled, and what they are given."""

from __future__ import annotations

from typing import Any

from numba import njit
from torch import Tensor

from pygmmrec.kernels.columns.column_shard import whole

OPTIONS = {"nogil": True, "fastmath": {"contract"}}
"""Without the interpreter's lock; of floats LLVM may do no more than fused multiply-add."""


def jit(function: Any) -> Any:
    """Compile, and keep the machine code where a folder can be written to."""
    try:
        return njit(function, cache=True, **OPTIONS)
    except RuntimeError:  # neither the package nor the user's cache can be written to
        return njit(function, **OPTIONS)


def array(tensor: Tensor) -> Any:
    """The numbers of a tensor on the CPU as an array, row by row."""
    return whole(tensor).detach().contiguous().numpy()
