"""Which kernels serve a tensor: those that numba compiles, or torch's."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

COMPILE = True
"""Whether compiled kernels are used at all."""

DTYPES = (torch.float32, torch.float64)
"""What they compute in."""


def compiles(x: Tensor) -> bool:
    """Whether compiled kernels serve such a tensor. Numba is slow to load: import them only then."""
    return COMPILE and x.device.type == "cpu" and x.dtype in DTYPES and _has_numba()


@cache
def _has_numba() -> bool:
    return find_spec("numba") is not None
