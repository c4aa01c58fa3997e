"""How the kernels of numba are compiled, and what they are given."""

from __future__ import annotations

from typing import Any

from torch import Tensor

try:
    from numba import njit
except ImportError:  # the file can be read without, but nothing in it should run
    njit = None


def jit(function: Any, freedom: frozenset[str] = frozenset({"contract"})) -> Any:
    """Compile without the interpreter's lock, and keep the machine code where a folder can be written to.

    Args:
        function: What to compile.
        freedom: What LLVM may do to sums of floats: by default no more than fused multiply-add.
    """
    if njit is None:
        return function
    options = {"nogil": True, "fastmath": set(freedom)}
    try:
        return njit(function, cache=True, **options)
    except RuntimeError:  # neither the package nor the user's cache can be written to
        return njit(function, **options)


def array(tensor: Tensor) -> Any:
    """The numbers of a tensor on the CPU as an array, row by row."""
    return tensor.detach().contiguous().numpy()
