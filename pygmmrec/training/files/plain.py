"""Values as Python and JSON have them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Set
from typing import Any

import numpy as np
import torch
from torch import Tensor

LARGEST = 1000
"""Elements of an array that a description of a run still lists one by one."""


def plain(value: Any) -> Any:
    """NumPy's and torch's scalars and arrays, and paths, as Python's numbers, lists and strings.

    Goes into lists, tuples and mappings, which keep their kind, and leaves everything else as it is.
    """
    if isinstance(value, np.generic | np.ndarray | Tensor):
        inner = value.tolist()
        return plain(inner) if isinstance(value, np.ndarray) and value.dtype == object else inner
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, torch.device):
        return str(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return tuple(plain(inner) for inner in value) if isinstance(value, tuple) else value


def to_json(value: Any) -> Any:
    """The nearest that JSON can say, whatever it is: writing it cannot fail.

    A number that is not finite is ``None``, a key is a string, and what JSON has no word for is its ``repr``,
    or its type and shape where it is a large array.
    """
    if isinstance(value, np.ndarray | Tensor) and math.prod(value.shape) > LARGEST:
        return f"{type(value).__name__} {list(value.shape)} {value.dtype}"
    value = plain(value) if not isinstance(value, Mapping | list | tuple) else value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(plain(key)): to_json(v) for key, v in value.items()}
    if isinstance(value, Set):
        return sorted((to_json(inner) for inner in value), key=repr)
    if isinstance(value, list | tuple | range):
        return [to_json(inner) for inner in value]
    return " ".join(repr(value).split())
