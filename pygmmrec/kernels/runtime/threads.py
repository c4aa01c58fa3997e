"""Parts of a computation that holds no lock of the interpreter, on the threads that torch computes on.

torch's threads wait for their next task by spinning. Others beside them would share the cores with that, so
these are used where they can be had: from OpenMP, whose library is asked for them by its name. Where it is
another library, or a process was forked and its threads did not live on, they are Python's.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeAlias

import torch

Part: TypeAlias = Callable[[int, int], object]
"""Computes all from one place to another."""

OPENMP = "libgomp.so.1"
"""GNU's OpenMP, which torch is built with on Linux."""

_PROCESS = os.getpid()
_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def num_parts(work: int, grain: int) -> int:
    """Threads that some work is worth, of which ``grain`` is too little for a further one."""
    return max(1, min(torch.get_num_threads(), work // grain))


def in_parts(part: Part, bounds: Sequence[int]) -> None:
    """Call ``part(start, stop)`` for each two bounds that follow each other, all at once.

    Args:
        part: What to call, from several threads; worth it only where it gives up the interpreter's lock.
        bounds: The first place, where each further part begins, and the end.
    """
    parts = list(pairwise(bounds))
    if len(parts) == 1:
        part(*parts[0])
        return
    library = _openmp() if len(parts) == torch.get_num_threads() and os.getpid() == _PROCESS else None
    if library is not None:
        _on_torch_threads(library, part, parts)
    else:
        _on_python_threads(part, parts)


def _on_torch_threads(library: ctypes.CDLL, part: Part, parts: list[tuple[int, int]]) -> None:
    remaining, failures = iter(parts), []

    def work(_: object) -> None:
        try:
            for each in remaining:  # one iterator for all threads: each takes what is next
                part(*each)
        except BaseException as failure:  # which would end here, in a callback
            failures.append(failure)

    library.GOMP_parallel(_CALLBACK(work), None, len(parts), 0)
    if failures:
        raise failures[0]


def _on_python_threads(part: Part, parts: list[tuple[int, int]]) -> None:
    own, *rest = parts
    others = [_pool(len(rest)).submit(part, *each) for each in rest]
    part(*own)
    for other in others:
        other.result()


@cache
def _openmp() -> ctypes.CDLL | None:
    """The library whose threads torch computes on, if it is this one; it is never loaded here."""
    only_if_loaded = getattr(os, "RTLD_NOLOAD", None)  # Windows and macOS have another library
    if only_if_loaded is None:
        return None
    try:
        library = ctypes.CDLL(OPENMP, mode=only_if_loaded | os.RTLD_NOW)
    except OSError:
        return None
    library.GOMP_parallel.argtypes = [_CALLBACK, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
    library.GOMP_parallel.restype = None
    return library


@cache
def _pool(num_threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(num_threads, thread_name_prefix="part")


if hasattr(os, "register_at_fork"):  # threads do not live on in a forked process
    os.register_at_fork(after_in_child=_pool.cache_clear)
