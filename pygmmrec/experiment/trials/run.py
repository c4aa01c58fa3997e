"""Searches until each has its trials, some at a time, beside other machines on the same storage."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Mapping
from pathlib import Path

from pygmmrec.experiment.runs.pieces import DIED, Piece, in_one_process, run_pieces
from pygmmrec.experiment.trials.search import Search
from pygmmrec.experiment.trials.storage import fail_stale, is_shared
from pygmmrec.experiment.trials.study import finished, open_study, revive
from pygmmrec.experiment.trials.trial import Outcome, run_trial
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

WAIT = 1.0
"""Seconds between two looks at trials that other machines run."""


def run_searches(searches: Mapping[Path, Search], n_jobs: int | None = None) -> dict[Path, str]:
    """Run trials until every search has all of its budget, or none is left to try.

    Args:
        searches: By the folder in which ``logs`` of their trials are kept.
        n_jobs: Trials at a time, as :func:`~pygmmrec.experiment.runs.pieces.run_pieces` takes it.

    Returns:
        What went wrong, by the folder of the search.

    Raises:
        ValueError: If a storage holds another search of the same name, or processes do not see what it holds.
    """
    for search in searches.values():
        seen = is_shared(search.storage) or in_one_process(n_jobs)
        check(seen, "storage", "one that several processes see", "search", search.storage)
        revive(open_study(search))  # left by an earlier call
    failed: dict[Path, str] = {}
    left, others_work = dict(searches), False
    while left:
        if others_work:
            time.sleep(WAIT)
        pieces = {piece: folder for folder, search in left.items() for piece in _pieces(folder, search)}
        left = {folder: search for folder, search in left.items() if folder in pieces.values()}
        folders = {piece.name: folder for piece, folder in pieces.items()}
        others_work = True
        for done in run_pieces(pieces, n_jobs):
            folder = folders[done.name]
            logger.info("%s: %s: %s", time.strftime("%H:%M:%S"), done.name, done.error or done.value.value)
            others_work = others_work and done.value == Outcome.FULL
            if done.error is not None and done.error != DIED:  # a trial that ends its process counts in time
                failed.setdefault(folder, done.error)
            if done.value == Outcome.USED_UP or folder in failed:
                left.pop(folder, None)
    return failed


def _pieces(folder: Path, search: Search) -> list[Piece]:
    """One for each trial of the budget that is not done; those of dead processes are tried again."""
    study = open_study(search)
    fail_stale(study)
    revive(study, crashed=True)
    done = len(finished(study.get_trials(deepcopy=False), search.num_trials))
    return [
        Piece(
            f"{search.name}, trial {number}",
            functools.partial(run_trial, search),
            folder / "logs" / f"trial-{number}.txt",
        )
        for number in range(done, search.num_trials)
    ]
