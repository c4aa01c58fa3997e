"""Which kernels are used: those that numba compiles, or torch's."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from torch import Tensor

COMPILE = True
"""Whether compiled kernels are used where numba is installed."""


def compiled(name: str, x: Tensor) -> ModuleType | None:
    """The file ``pygmmrec.utils.{name}`` of compiled kernels, where it serves such a tensor."""
    if not COMPILE or x.device.type != "cpu":
        return None
    kernels = _load(name)
    return kernels if kernels is not None and x.dtype in kernels.DTYPES else None


@cache
def _load(name: str) -> ModuleType | None:
    """The file, where numba works; it is slow to load, and so waits for its first use."""
    kernels = import_module(f"pygmmrec.utils.{name}")
    return kernels if kernels.AVAILABLE else None
