"""Where an encoder runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def as_device(device: str | torch.device) -> torch.device:
    """A device of torch; ``auto`` is a GPU where there is one.

    Raises:
        ValueError: If torch knows no such device, or cannot use it here.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, TypeError) as error:
        told = f"{device!r}: {str(error).splitlines()[0]}"
        raise ValueError(f"'device' needs to be one of torch's in 'encode' (got {told})") from error
    return found


def device_name(device: torch.device) -> str:
    """What the processor is called."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


@contextmanager
def same_bits() -> Iterator[None]:
    """Convolutions on a GPU that give the same bits each time."""
    flags = torch.backends.cudnn
    before = flags.benchmark, flags.deterministic
    flags.benchmark, flags.deterministic = False, True
    try:
        yield
    finally:
        flags.benchmark, flags.deterministic = before
