"""The course of a comparison: searches, then the runs of what they chose, any number of them at a time.

OUTPUT/PROTOCOL/MODEL holds what a model has to show under a protocol: trials.jsonl and chosen.json of its
search, and SPLIT/seed-N of each run. What is there is not done again, an interrupted run goes on, an
interrupted trial starts again, and results of other settings are an error.
"""

from __future__ import annotations

import functools
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apart import Work, run_apart, run_here, with_log
from preset_run import Preset, check_settings, load_preset, train, training_options
from protocol import Protocol
from search import Budget, Search
from space import load_space
from trials import best_trial, read_trials

from pygmmrec.training import FitResult
from pygmmrec.utils.files import replacing

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What is compared.

    Args:
        models: Names of the models.
        protocols: What they are asked.
        preset: Folder under presets/; that of the data set's name by default.
        trials: Trials per model; with none, presets are taken as they are.
        budget: What a trial may cost.
        sampler: ``tpe`` or ``random``.
        splits: Seeds of splits; the search sees the first. ``None`` is the split of the data set.
        seeds: Seeds of the runs.
        epochs: Most epochs of a run, instead of the preset's.
        device: Where all of it runs.
        output: Folder.
    """

    models: tuple[str, ...]
    protocols: tuple[Protocol, ...]
    output: Path
    preset: str | None = None
    trials: int = 0
    budget: Budget = field(default_factory=Budget)
    sampler: str = "tpe"
    splits: tuple[int | None, ...] = (None,)
    seeds: tuple[int, ...] = (1, 2, 3)
    epochs: int | None = None
    device: str = "auto"


class Entry:
    """One model under one protocol: its search, and its runs."""

    def __init__(self, plan: Plan, model: str, protocol: Protocol) -> None:
        self.plan, self.model, self.protocol = plan, model, protocol
        self.folder = plan.output / protocol.name / model
        self.trials_file = self.folder / "trials.jsonl"
        self.preset = load_preset(plan.preset or protocol.dataset, model)
        self.search = None
        if plan.trials:
            first = protocol.of_split(plan.splits[0])
            space = load_space(model)
            self.search = Search(space, self.preset, first, plan.budget, plan.sampler, plan.device)

    def work(self) -> Work:
        """All that can be done now: the next trials, or else the runs.

        Raises:
            ValueError: If what is there is of other settings, or no trial went well.
        """
        settings = self.preset
        if self.search is not None:
            trials = read_trials(self.trials_file, self.search.identity)
            proposed = self.search.propose(trials) if len(trials) < self.plan.trials else {}
            to_try = {number: params for number, params in proposed.items() if number < self.plan.trials}
            if to_try:
                run = self.search.run_trial
                return {
                    f"trial-{number}": functools.partial(run, number, params, self.trials_file)
                    for number, params in to_try.items()
                }
            settings = self.choose()
        return self._runs(settings)

    def choose(self) -> Preset:
        """The settings of the best trial, which chosen.json then holds."""
        trials = read_trials(self.trials_file)
        best = best_trial(trials, self.plan.trials)
        chosen = {
            "number": best["number"],
            "value": best["value"],
            "trials": min(len(trials), self.plan.trials),
            "settings": best["settings"],
        }
        with replacing(self.folder / "chosen.json") as temporary:
            temporary.write_text(json.dumps(chosen, indent=2) + "\n")
        settings: Preset = best["settings"]
        return settings

    def _runs(self, settings: Preset) -> Work:
        """The runs that have no result yet."""
        runs: Work = {}
        for split in self.plan.splits:
            for seed in self.plan.seeds:
                protocol = self.protocol.of_split(split)
                part = "given" if split is None else f"split-{split}"
                output = self.folder / part / f"seed-{seed}"
                options: dict[str, Any] = {"protocol": protocol, "epochs": self.plan.epochs}
                if (output / "result.json").is_file():
                    result = FitResult.load(output / "result.json")
                    wanted = training_options(self.model, seed, settings, **options)
                    check_settings(output, result, settings["model"], wanted)
                    continue
                options |= {"output": output, "device": self.plan.device, "progress": False}
                runs[f"{part}-seed-{seed}"] = functools.partial(train, self.model, seed, settings, **options)
        return runs


def compare(plan: Plan, num_jobs: int) -> list[str]:
    """Do what has not been done yet; returns the names of what failed.

    Args:
        plan: What is compared.
        num_jobs: Processes at a time, one for each trial and run, so that none sees the memory of another;
            with zero all of it is done here.
    """
    entries = [Entry(plan, model, protocol) for protocol in plan.protocols for model in plan.models]
    work: Work = {}
    owner: dict[str, Entry] = {}
    open_work: dict[int, int] = {}
    failed: list[str] = []

    def add(entry: Entry) -> None:
        open_work[id(entry)] = 0
        for part, piece in entry.work().items():
            name = f"{entry.protocol.name} {entry.model} {part}"
            if name in owner:  # it ended without a result
                continue
            owner[name] = entry
            open_work[id(entry)] += 1
            log = entry.folder / "logs" / f"{part}.txt"
            work[name] = with_log(piece, log, num_jobs) if num_jobs else piece

    def done(name: str, fine: bool) -> None:
        entry = owner[name]
        said = "done" if fine else f"failed, see {entry.folder / 'logs'}" if num_jobs else "failed"
        logger.info("%s: %s: %s", time.strftime("%H:%M:%S"), name, said)
        if not fine:
            failed.append(name)
        open_work[id(entry)] -= 1
        if open_work[id(entry)] == 0:
            _try(functools.partial(add, entry), entry, failed)

    for entry in entries:
        _try(functools.partial(add, entry), entry, failed)
    logger.info("%d pieces of work to begin with", len(work))
    if num_jobs:
        run_apart(work, num_jobs, done)
    else:
        run_here(work, done)
    return failed


def _try(begin: Callable[[], None], entry: Entry, failed: list[str]) -> None:
    """An error of one model leaves the others alone."""
    try:
        begin()
    except ValueError:
        logger.exception("%s on %s", entry.model, entry.protocol.name)
        failed.append(f"{entry.protocol.name} {entry.model}")
