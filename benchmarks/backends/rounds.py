"""Calls that take turns, on a machine that does other things too.

On one thread time is the process's own, to which other processes add little. On several it is that of the
wall clock, since threads that wait for each other use time too; and since they wait for long where another
process has a core, a round starts when the machine is quiet, and counts only if it stayed so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

STAT = Path("/proc/stat")
TICKS = 100
"""Of the system's clock in a second."""

QUIET = 0.15
"""Cores that others may use."""

GLANCE = 0.2
"""Seconds of a look at what they do."""


def others() -> float:
    """Seconds of processors that other processes have had so far; zero where the system does not say."""
    if not STAT.is_file():
        return 0.0
    user, nice, system, _, _, irq, softirq, *_ = map(int, STAT.read_text().splitlines()[0].split()[1:])
    return (user + nice + system + irq + softirq) / TICKS - time.process_time()


def in_turn(
    runs: Mapping[str, Callable[[], object]], rounds: int, seconds: float, patience: float
) -> dict[str, list[float]]:
    """Milliseconds of each call in each round that counts.

    Args:
        runs: Functions by name; each has run before.
        rounds: Number of rounds.
        seconds: Of rounds, after which no further one starts, except for the first three.
        patience: Seconds after which no further one starts in any case.
    """
    alone = torch.get_num_threads() == 1
    clock = time.process_time if alone else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in runs}
    spent, counted, start = 0.0, 0, time.perf_counter()
    while counted < rounds and (counted < 3 or spent < seconds):
        if time.perf_counter() - start > patience:
            break
        if not (alone or is_quiet()):
            continue
        before, begun, found = others(), time.perf_counter(), {}
        for name, run in runs.items():
            begin = clock()
            run()
            found[name] = 1e3 * (clock() - begin)
        took = time.perf_counter() - begun
        spent += took
        if alone or others() - before <= max(QUIET * took, 2 / TICKS):
            counted += 1
            for name, milliseconds in found.items():
                times[name].append(milliseconds)
    return times


def is_quiet() -> bool:
    """Whether others leave the processors alone, at a glance."""
    before = others()
    time.sleep(GLANCE)
    return others() - before <= QUIET * GLANCE
