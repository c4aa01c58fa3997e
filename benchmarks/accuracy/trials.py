"""The trials of a search, a line of JSON each, so that what is interrupted goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Trial = dict[str, Any]
"""A line: ``number``, ``params``, ``settings``, ``value`` (null if it failed), how it went, which search."""


def read_trials(path: Path, search: dict[str, Any] | None = None) -> dict[int, Trial]:
    """The trials in a file by their number, in its order. A line that was cut short is no trial.

    Args:
        path: The file, which may not be there yet.
        search: What the trials have to be of, if given.

    Raises:
        ValueError: If one of them is of another search.
    """
    trials: dict[int, Trial] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            trial = json.loads(line)
        except json.JSONDecodeError:
            continue  # the process ended while it wrote
        if search is not None and trial["search"] != search:
            raise ValueError(f"{path} holds trials of another search: choose another --output, or delete it")
        trials[trial["number"]] = trial
    return dict(sorted(trials.items()))


def append_trial(path: Path, trial: Trial) -> None:
    """Write a trial to the end of a file, in one piece."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(trial, allow_nan=False) + "\n"
    with path.open("ab") as file:  # appends of several processes do not mix
        whole = file.tell() == 0 or path.read_bytes().endswith(b"\n")
        file.write((line if whole else "\n" + line).encode())


def best_trial(trials: dict[int, Trial], num_trials: int) -> Trial:
    """Of the first trials, the one with the best validation metric; of equals, the earlier.

    Raises:
        ValueError: If all of them failed.
    """
    fine = [trials[number] for number in range(num_trials) if trials.get(number, {}).get("value") is not None]
    if not fine:
        raise ValueError(f"None of {num_trials} trials has a value: see their errors in trials.jsonl")
    return max(fine, key=lambda trial: (trial["value"], -trial["number"]))
