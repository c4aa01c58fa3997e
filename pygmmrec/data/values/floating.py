"""What numbers features are of."""

from __future__ import annotations

from typing import Any

import torch

from pygmmrec.utils.check import check


def check_floating(
    dtype: Any, name: str, where: object, remedy: str = "Convert it with .astype('float32')."
) -> None:
    """Raise unless a dtype of NumPy or torch is floating; whole numbers may be ids or counts."""
    fine = dtype.is_floating_point if isinstance(dtype, torch.dtype) else dtype.kind == "f"
    check(fine, name, "a floating-point matrix", where, str(dtype), remedy)
