"""Memory of the process or device, now and at its peak."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import torch

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def reset_peak_memory(device: torch.device) -> None:
    """Let the peak start anew; on a CPU that only Linux can do, elsewhere it is that of the whole process."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    else:
        with contextlib.suppress(OSError):
            CLEAR.write_text("5")


def memory_mb(device: torch.device) -> float | None:
    """Memory in use in MB: allocated on a CUDA device, otherwise resident in the process (on Linux)."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device) / 2**20
    return _status("VmRSS")


def peak_memory_mb(device: torch.device) -> float | None:
    """The largest :func:`memory_mb` since :func:`reset_peak_memory`; ``None`` where nothing tells it."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    peak = _status("VmHWM")  # not `ru_maxrss`, which a process takes over from its parent
    if peak is not None:
        return peak
    try:
        import resource
    except ImportError:  # not on every system
        return None
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _status(field: str) -> float | None:
    """A field of Linux's process status in MB."""
    if not STATUS.is_file():
        return None
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 2**10
