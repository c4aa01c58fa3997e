"""What a setting does, as text: the same text for the same setting, another for any other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

SILENT = re.compile(r" at 0x[0-9a-fA-F]+|\.\.\.")
"""In the repr of a function, of an object without a repr of its own, and of what is cut short."""


def told(setting: Any) -> str | None:
    """The class, the repr and the attributes of a setting, with arrays by their content.

    A repr alone is not enough: PyG's transforms leave their arguments out, tensors print four digits, and two
    modules may have classes of one name.

    Returns:
        The text, or None where the setting does not tell what it does, such as a function.
    """
    try:
        return _told(setting)
    except (LookupError, RecursionError, TypeError, RuntimeError):
        # An attribute that tells nothing, that holds its owner, or a tensor that NumPy cannot hold.
        return None


def _told(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{value.dtype} {_told(value.detach().cpu().numpy())}"
    if isinstance(value, np.ndarray) and value.dtype != object:
        content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return f"{value.dtype.str} {value.shape} {content}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_told(key)}: {_told(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, (list, tuple, np.ndarray)):
        return f"{type(value).__name__}[{', '.join(map(_told, value))}]"
    if isinstance(value, (set, frozenset)):
        return f"{type(value).__name__}[{', '.join(sorted(map(_told, value)))}]"
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    held = getattr(value, "__dict__", None)
    text = repr(value)
    if isinstance(value, (str, bytes, int, float)) or value is None:
        return text
    if SILENT.search(text):
        raise LookupError(text)
    attributes = "" if held is None else _told({name: held[name] for name in sorted(held)})
    return f"{type(value).__module__}.{type(value).__qualname__} {text} {attributes}"
