"""Metrics of single users in a file, for paired tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from pygmmrec.training.files.npz import read_npz
from pygmmrec.utils.files import replacing


def save_per_user(path: str | Path, users: Tensor, metrics: Mapping[str, Tensor]) -> None:
    """Write users and their metrics as a compressed ``.npz`` without pickles.

    Args:
        path: The file.
        users: Indices of the users; int32 in the file.
        metrics: Name -> a value for each of them; float32 in the file.

    Shapes:
        users [U], metrics [U] each
    """
    arrays: dict[str, Any] = {"user": users.cpu().numpy().astype(np.int32)}
    arrays |= {name: value.cpu().numpy().astype(np.float32) for name, value in metrics.items()}
    with replacing(Path(path)) as temporary:
        np.savez_compressed(temporary, **arrays)


def load_per_user(path: str | Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read the users and metrics that a training run wrote into ``test_per_user.npz``.

    Shapes:
        users [U] int32, and ``{'recall@20': [U] float32, ...}``

    Raises:
        ValueError: If the file is missing, damaged, or another, holds a user twice, or a value that is not
            finite.
    """
    remedy = "Train or resume the run again, which writes it anew."
    arrays = read_npz(path, ["user"], "load_per_user", remedy)
    return arrays.pop("user"), arrays
