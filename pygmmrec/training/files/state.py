"""The state from which an interrupted run goes on: tensors and plain values, checked before they are used."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pygmmrec.utils.files import replacing
from pygmmrec.utils.torch_file import load_plain

CHECKSUM = "checksum"
REMEDY = "Delete it to start anew"


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write a state, tensors and plain values only, with a checksum over all of it."""
    with replacing(path) as temporary:
        torch.save({**state, CHECKSUM: _checksum(state)}, temporary)


def load_state(path: Path) -> dict[str, Any]:
    """Read what :func:`save_state` wrote; nothing else is ever unpickled.

    Raises:
        ValueError: If the file cannot be read as such, or its checksum is not that of its content.
    """
    try:
        state = load_plain(path)
    except Exception as error:
        raise damaged(path, type(error).__name__) from error
    written = state.pop(CHECKSUM, None) if isinstance(state, dict) else None
    if type(written) is not int or written != _checksum(state):
        raise damaged(path, "its checksum is of something else")
    found: dict[str, Any] = state
    return found


def _checksum(value: Any, start: int = 0) -> int:
    """CRC-32 of values, types and shapes, in their order."""
    if isinstance(value, Tensor):
        content = value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
        start = zlib.crc32(f"{value.dtype} {list(value.shape)}".encode(), start)
        return zlib.crc32(content.data, start)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            start = _checksum(inner, zlib.crc32(f"{key!r}:".encode(), start))
    elif isinstance(value, list | tuple):
        for inner in value:
            start = _checksum(inner, zlib.crc32(b",", start))
    else:
        return zlib.crc32(f"{type(value).__name__} {value!r}".encode("utf-8", "backslashreplace"), start)
    return zlib.crc32(f"{type(value).__name__} {len(value)}".encode(), start)


def check_state(state: Mapping[str, Any], like: Mapping[str, Any], path: Path) -> None:
    """Look at a state before it is used.

    Args:
        state: What was read.
        like: A state of the run that is to go on. Numbers may differ, and lists in length; what is a tensor
            here is one there, of the same type and shape. A ``None`` here says nothing, and an empty
            mapping only that there is one.
        path: The file, for errors.

    Raises:
        ValueError: If something is missing, or of another type or shape.
    """
    reason = _difference(state, like, "state")
    if reason:
        raise damaged(path, reason)


def check_moments(optimizer: Mapping[str, Any], shapes: Sequence[Sequence[int]], path: Path) -> None:
    """Whether what an optimiser remembers of each weight is of the weight's shape, or one number.

    A fused optimiser does not look, and would write out of bounds; others see it themselves.

    Args:
        optimizer: What :meth:`torch.optim.Optimizer.state_dict` gave.
        shapes: Of the weights, in the order of the optimiser.
        path: The file, for errors.

    Raises:
        ValueError: If something is of another shape, or missing for some weight.
    """
    fused = any(group.get("fused") for group in optimizer["param_groups"])
    names: set[str] | None = None
    for index, moments in optimizer["state"].items():
        known = isinstance(index, int) and 0 <= index < len(shapes) and isinstance(moments, Mapping)
        if not known or (names is not None and names != set(moments)):
            raise damaged(path, "optimizer.state is of other weights")
        names = set(moments)
        for name, value in moments.items():
            alike = not isinstance(value, Tensor) or value.numel() == 1 or list(value.shape) == shapes[index]
            if fused and not (alike and (not isinstance(value, Tensor) or value.is_floating_point())):
                raise damaged(path, f"optimizer.{name} is not of the shape of its weight, {shapes[index]}")


def _difference(found: Any, like: Any, name: str) -> str:
    """The first difference in kind, in words; empty if there is none."""
    if like is None:
        return ""
    if isinstance(like, Tensor):
        same = isinstance(found, Tensor) and (found.dtype, found.shape) == (like.dtype, like.shape)
        return "" if same else f"{name} is not {like.dtype} {list(like.shape)}"
    if isinstance(like, Mapping):
        if not isinstance(found, Mapping) or (like and found.keys() != like.keys()):
            return f"{name} does not hold {sorted(map(str, like))[:8]}"
        return next(filter(None, (_difference(found[key], like[key], f"{name}.{key}") for key in like)), "")
    if isinstance(like, bool | str) or not isinstance(like, int | float):
        return "" if isinstance(found, type(like)) else f"{name} is no {type(like).__name__}"
    number = isinstance(found, int | float) and not isinstance(found, bool)
    return "" if number else f"{name} is no number"


def damaged(path: Path, reason: str) -> ValueError:
    """The error about a file of a state."""
    wanted = f"'path' needs to be a complete state of a run ({reason}) in 'load_state'"
    return ValueError(f"{wanted} (got {str(path)!r}). {REMEDY}")
