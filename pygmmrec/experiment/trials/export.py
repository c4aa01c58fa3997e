"""The trials of a search as text, a line of JSON each: what is kept beside results, and what reports read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial

from pygmmrec.experiment.trials.search import Search
from pygmmrec.experiment.trials.study import ERROR, OUTCOME, SETTINGS, finished
from pygmmrec.utils.files import replacing

Trial = dict[str, Any]
"""A line: ``number``, ``params``, ``settings``, ``value`` (null if it failed), how it went, which search."""


def as_trials(search: Search, trials: Sequence[FrozenTrial]) -> list[Trial]:
    """The trials of the budget that are done, numbered in the order in which they were first tried."""
    done = sorted(finished(trials, search.num_trials), key=_first_number)
    return [
        {
            "number": number,
            "params": trial.params,
            "settings": trial.user_attrs.get(SETTINGS, {}),
            "value": None,
            **trial.user_attrs.get(OUTCOME, {}),
            **({ERROR: trial.user_attrs[ERROR]} if ERROR in trial.user_attrs else {}),
            "search": search.identity,
        }
        for number, trial in enumerate(done)
    ]


def _first_number(trial: FrozenTrial) -> int:
    """That of the trial itself, or of the one that it is tried again for."""
    history: list[int] = trial.system_attrs.get("retry_history", [])
    return min([trial.number, *history])


def write_trials(path: Path, trials: Sequence[Trial]) -> None:
    """Write trials, a line each."""
    with replacing(path) as temporary:
        lines = [json.dumps(trial, allow_nan=False) + "\n" for trial in trials]
        temporary.write_text("".join(lines), encoding="utf-8")


def read_trials(path: Path) -> dict[int, Trial]:
    """The trials in a file by their number."""
    trials = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {trial["number"]: trial for trial in sorted(trials, key=lambda trial: int(trial["number"]))}


def best_trial(trials: Sequence[Trial]) -> Trial:
    """The trial with the best validation metric; of equals, the earlier.

    Raises:
        ValueError: If all of them failed.
    """
    fine = [trial for trial in trials if trial["value"] is not None]
    if not fine:
        errors = sorted({trial.get(ERROR, "") for trial in trials})
        raise ValueError(f"None of {len(trials)} trials has a value: {'; '.join(errors)}")
    return max(fine, key=lambda trial: (trial["value"], -trial["number"]))
