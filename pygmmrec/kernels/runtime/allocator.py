"""Memory that one step frees and the next one asks for again."""

from __future__ import annotations

import ctypes
import sys

# Parameters of glibc's mallopt(3).
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
LARGEST_MMAP_THRESHOLD = 32 * 2**20  # glibc takes no larger one
NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Let this process keep the memory that it frees for its own next use, as CUDA's allocator does.

    A training step makes and frees tables of some MB. glibc hands each back to the system at once, and every
    page of the next one is a fault again, and is filled with zeros again: a third to a half of a step of
    LightGCN on a graph of 16,000 nodes. Blocks of more than 32 MB are not affected.

    Returns:
        Whether the C library follows; it does on Linux with glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is None:
        return False
    settings = {MMAP_THRESHOLD: LARGEST_MMAP_THRESHOLD, TRIM_THRESHOLD: NEVER, TOP_PAD: 64 * 2**20}
    return all(mallopt(name, value) == 1 for name, value in settings.items())


def return_freed_memory() -> bool:
    """Give all memory that this process has freed back to the system, where the C library can (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
    return trim is not None and trim(0) == 1
