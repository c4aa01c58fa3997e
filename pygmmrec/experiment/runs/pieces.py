"""Pieces of work, one after the other or several at a time, by joblib.

``joblib.parallel_config`` says where they run: in processes of this machine (loky, the default), in threads,
or on a cluster (Dask, Ray). One that fails is logged, and the others go on. An interrupt ends the workers.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import torch

from pygmmrec.experiment.runs.owner import machine
from pygmmrec.experiment.runs.worker import Dispatcher, at_work

logger = logging.getLogger(__name__)

DIED = "Its process died: see the system's log, memory may have run out"
"""The error of a piece that ends its process."""


class Piece(NamedTuple):
    """Something to do.

    Args:
        name: What it is called in messages.
        call: Does it; it has to survive the way to another process.
        log: File of its log. While it runs, a file beside it says so.
    """

    name: str
    call: Callable[[], Any]
    log: Path


class Done(NamedTuple):
    """What came of a piece: a value, or the text of an error."""

    name: str
    value: Any = None
    error: str | None = None


def run_pieces(pieces: Iterable[Piece], n_jobs: int | None = None) -> Iterator[Done]:
    """What comes of each piece, as soon as it ends.

    A process that dies, for want of memory or by a fault of its own, takes the others with it. What had begun
    is then tried again, each piece alone, so that it is known which one it was.

    Args:
        pieces: What to do.
        n_jobs: How many at a time; ``-1`` is one for each core. ``None`` is one, or what
            ``joblib.parallel_config`` says. One at a time runs in this process.
    """
    left = {piece.name: piece for piece in pieces}
    suspects: dict[str, Piece] = {}
    while left:
        try:
            for done in _run(list(left.values()), n_jobs):
                del left[done.name]
                yield done
        except BrokenProcessPool:
            begun = {name: piece for name, piece in left.items() if _mark(piece.log).is_file()}
            logger.warning("A process died; %s will be tried again, each alone", ", ".join(begun) or "all")
            if not begun:
                raise
            for name in begun:
                suspects[name] = left.pop(name)
    for name, piece in suspects.items():
        try:
            yield from _run([piece], n_jobs)
        except BrokenProcessPool:
            yield Done(name, error=DIED)


def in_one_process(n_jobs: int | None = None) -> bool:
    """Whether pieces run in this process: one at a time, or in threads."""
    backend = joblib.parallel.get_active_backend()[0]
    return joblib.effective_n_jobs(n_jobs) == 1 or bool(getattr(backend, "supports_sharedmem", False))


def _run(pieces: list[Piece], n_jobs: int | None) -> Iterator[Done]:
    at_a_time = joblib.effective_n_jobs(n_jobs)
    num_threads = torch.get_num_threads()
    here = Dispatcher(machine(), os.getpid(), max(1, num_threads // at_a_time))
    for piece in pieces:
        _mark(piece.log).unlink(missing_ok=True)
    try:
        calls = (joblib.delayed(_call)(piece, here) for piece in pieces)
        yield from _parallel(n_jobs)(calls)
    finally:
        torch.set_num_threads(num_threads)  # pieces in threads may have left another


def _parallel(n_jobs: int | None) -> joblib.Parallel:
    """As results come, where the backend can do that, and else at the end."""
    try:
        return joblib.Parallel(n_jobs, batch_size=1, return_as="generator_unordered")
    except ValueError:
        return joblib.Parallel(n_jobs, batch_size=1)


def _call(piece: Piece, dispatcher: Dispatcher) -> Done:
    with at_work(dispatcher, piece.log):
        _mark(piece.log).touch()
        try:
            return Done(piece.name, piece.call())
        except Exception as error:
            logger.exception("%s failed", piece.name)
            return Done(piece.name, error=f"{type(error).__name__}: {error}")
        finally:
            _mark(piece.log).unlink(missing_ok=True)


def _mark(log: Path) -> Path:
    return log.with_name(f".{log.stem}-runs")
