"""Peak memory of each layout, in a process beside the one that measures time."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import torch
from graphs import read_graph
from layouts import LAYOUTS
from problem import STEPS, Inputs, both

from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory


def measure_peaks(args: argparse.Namespace, names: list[str]) -> dict[str, dict[str, float]]:
    """Peak memory above the start by layout and direction, in a fresh process; empty where unknown."""
    torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    graph = read_graph(args.graph, dtype=getattr(torch, args.dtype), device=args.device)
    small, inputs = Inputs(graph, 1), Inputs(graph, args.dim)
    peaks: dict[str, dict[str, float]] = {}
    for name in names:
        layout = LAYOUTS[name](graph, args.layers)
        both(layout, small)  # what is built or loaded once
        for direction, step in STEPS.items():
            reset_peak_memory(device)
            before = memory_mb(device)
            outputs = step(layout, inputs)
            after = peak_memory_mb(device)
            if before is None or after is None:
                return {}
            peaks.setdefault(name, {})[direction] = after - before
            del outputs
    return peaks


@contextmanager
def exact_memory() -> Iterator[None]:
    """Let processes that start within give back each array as soon as it is freed (on Linux)."""
    name = "MALLOC_MMAP_THRESHOLD_"
    before = os.environ.get(name)
    os.environ[name] = str(2**16)
    yield
    if before is None:
        del os.environ[name]
    else:
        os.environ[name] = before


def peaks(args: argparse.Namespace, names: list[str]) -> dict[str, dict[str, float]]:
    """What :func:`measure_peaks` finds."""
    with exact_memory(), ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure_peaks, args, names).result()
