"""Pieces of work, one after the other or in processes of their own, some at a time."""

from __future__ import annotations

import functools
import logging
import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import torch

logger = logging.getLogger(__name__)

Work = dict[str, Callable[[], Any]]
"""Name -> what to run. It is taken out of here as it starts, and what ends may put in more."""


def run_here(work: Work, done: Callable[[str, bool], None]) -> None:
    """Run each piece of work in this process; one that fails is logged, and the others go on.

    Args:
        work: What to run.
        done: Called with the name, and whether it went well, as each ends.
    """
    while work:
        name = next(iter(work))
        fine = True
        try:
            work.pop(name)()
        except Exception:
            logger.exception("%s failed", name)
            fine = False
        done(name, fine)


def run_apart(work: Work, num_jobs: int, done: Callable[[str, bool], None]) -> None:
    """Run each piece of work in a new process, some at a time; none is left behind.

    Args:
        work: What to run; it has to survive pickling.
        num_jobs: Processes at a time.
        done: Called with the name, and whether it went well, as each ends.
    """
    spawn = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    running: dict[int, tuple[str, Any]] = {}
    try:
        while work or running:
            while work and len(running) < num_jobs:
                name = next(iter(work))
                process = spawn.Process(target=work.pop(name))
                process.start()
                running[process.sentinel] = name, process
            for sentinel in wait(list(running)):
                name, process = running.pop(sentinel)
                process.join()
                done(name, process.exitcode == 0)
    finally:
        for _, process in running.values():
            process.terminate()


def with_log(function: Callable[[], Any], log: Path, num_jobs: int) -> Callable[[], None]:
    """The same work for a process of its own: with its share of the threads, and its log in a file."""
    return functools.partial(_with_log, function, log, max(1, torch.get_num_threads() // num_jobs))


def _with_log(function: Callable[[], Any], log: Path, num_threads: int) -> None:
    torch.set_num_threads(num_threads)
    log.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=log, level=logging.INFO, format="%(asctime)s %(message)s", force=True)
    try:
        function()
    except Exception:
        logger.exception("failed")
        sys.exit(1)
