"""Times of functions that take turns, and the copy bandwidth that they are held against."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

COPY_BYTES = 256 * 2**20
"""Size of the copied array: larger than any cache."""


def wall_seconds(run: Callable[[], object], device: torch.device) -> float:
    """Time of one call until the device is done, by the wall clock."""
    begin = time.perf_counter()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begin


def milliseconds(run: Callable[[], object], device: torch.device) -> float:
    """Time of one call; on CUDA by the device's own clock."""
    if device.type == "cuda":
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        run()
        end.record()
        torch.cuda.synchronize(device)
        return start.elapsed_time(end)
    return 1e3 * wall_seconds(run, device)


def in_turn(
    runs: Mapping[str, Callable[[], object]], device: torch.device, *, rounds: int, seconds: float
) -> dict[str, list[float]]:
    """Milliseconds of each function in each round: all run once per round, so that noise meets all of them.

    Args:
        runs: Functions by name; each has run before.
        device: Where they compute.
        rounds: Number of rounds.
        seconds: No round starts after that time, except for the first three.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    start = time.perf_counter()
    for number in range(rounds):
        if number >= 3 and time.perf_counter() - start > seconds:
            break
        for name, run in runs.items():
            times[name].append(milliseconds(run, device))
    return times


def copier(num_bytes: int, device: torch.device) -> Callable[[], Tensor]:
    """A function that copies as many bytes."""
    source = torch.ones(max(1, num_bytes // 4), device=device)
    target = torch.empty_like(source)
    return lambda: target.copy_(source)


def traffic(num_nodes: int, nnz: int, dim: int, itemsize: int) -> int:
    """Bytes that one product moves: row, index and weight of each entry; row and pointer of each node."""
    return nnz * (dim * itemsize + 8 + itemsize) + num_nodes * (dim * itemsize + 8)
