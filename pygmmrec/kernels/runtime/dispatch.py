"""Which kernels serve a tensor: those that numba compiles, or torch's."""

import torch
from torch import Tensor

COMPILE = True
"""Whether compiled kernels are used at all; off for comparisons."""

DTYPES = (torch.float32, torch.float64)
"""What they compute in."""


def compiles(x: Tensor) -> bool:
    """Whether compiled kernels serve such a tensor. Numba is slow to load: import them only then."""
    return COMPILE and x.device.type == "cpu" and x.dtype in DTYPES
