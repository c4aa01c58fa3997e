"""In which precision features are stored, and in which one computes with them."""

from __future__ import annotations

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)
STORED = (torch.float32, *HALF)
"""What the features of a graph are stored in: half precision takes half the memory."""


def full_precision(x: Tensor) -> Tensor:
    """Half precision as float32, since sums and norms overflow in it; everything else as it is."""
    return x.float() if x.dtype in HALF else x
