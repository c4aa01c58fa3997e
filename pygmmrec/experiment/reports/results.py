"""What lies in the folder of a comparison: runs and trials of each model, and tests between models."""

from __future__ import annotations

import shutil
import statistics
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

import pygmmrec.models
from pygmmrec.experiment.reports.cells import METRIC, SECOND
from pygmmrec.experiment.reports.condense import PER_USER, copy_run
from pygmmrec.experiment.reports.significance import holm, paired_p, user_means
from pygmmrec.experiment.settings.protocol import parse_full_name
from pygmmrec.experiment.trials.export import Trial, read_trials
from pygmmrec.training import FitResult

REPORT = "report"
"""Folder of the report in that of the comparison, where no other is given."""

Key = tuple[int | None, int]
"""The split (none for that of the data set) and the seed of a run."""


class Pair(NamedTuple):
    """A test of one model against another, over users.

    Args:
        ours: The model with the higher mean.
        theirs: The other one.
        gain: How far the mean of the first is above that of the second, over the runs that both have.
        p: Of a paired t-test.
        corrected: With Holm's correction over all pairs of the comparison.
        num_users: Users in the test.
    """

    ours: str
    theirs: str
    gain: float
    p: float
    corrected: float
    num_users: int


class Comparison:
    """The results of one protocol.

    Args:
        name: Its name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.runs: dict[str, dict[Key, FitResult]] = {}
        self.folders: dict[tuple[str, Key], Path] = {}
        self.trials: dict[str, dict[int, Trial]] = {}

    @cached_property
    def models(self) -> list[str]:
        """From the lowest to the highest mean test metric."""
        return sorted(self.runs, key=lambda model: self.mean(model, METRIC))

    def mean(self, model: str, metric: str) -> float:
        """Of a test metric over the runs of a model."""
        return statistics.mean(run.test[metric] for run in self.runs[model].values())

    def best(self, metric: str) -> str:
        """The model with the highest mean."""
        return max(self.models, key=lambda model: self.mean(model, metric))

    def shared(self, *models: str) -> list[Key]:
        """The runs that all of these models have, with metrics of single users."""
        keys = set.intersection(*(set(self.runs[model]) for model in models))
        whole = [
            key for key in keys if all((self.folders[model, key] / PER_USER).is_file() for model in models)
        ]
        return sorted(whole, key=str)

    def by_user(self, model: str, metric: str, keys: list[Key]) -> tuple[np.ndarray, np.ndarray]:
        """Test users and the metric of each, averaged over these runs. [U] each"""
        return user_means([self.folders[model, key] / PER_USER for key in keys], metric)

    def pairs(self, metric: str) -> list[Pair]:
        """All models against each other, as far as they have runs in common."""
        return self._pairs[metric]

    @cached_property
    def _pairs(self) -> dict[str, list[Pair]]:
        return {metric: self._test(metric) for metric in (METRIC, SECOND)}

    def _test(self, metric: str) -> list[Pair]:
        found = []
        for theirs, ours in combinations(self.models, 2):
            keys = self.shared(ours, theirs)
            if not keys:
                continue
            (users, a), (others, b) = (self.by_user(model, metric, keys) for model in (ours, theirs))
            if not np.array_equal(users, others):
                raise ValueError(f"The runs of {ours} are of other test users than those of {theirs}")
            names, (high, low) = (ours, theirs), (a.mean(), b.mean())
            if low > high:
                names, (high, low) = (theirs, ours), (low, high)
            gain = float(high / low - 1) if low > 0 else float("inf")
            found.append(Pair(*names, gain, paired_p(a, b), 1.0, len(users)))
        corrected = holm([pair.p for pair in found])
        return [pair._replace(corrected=p) for pair, p in zip(found, corrected, strict=True)]

    def p_to_best(self, metric: str) -> dict[str, float]:
        """Each model against the best one: p with Holm's correction over these rows."""
        best = self.best(metric)
        raw = {
            (pair.theirs if pair.ours == best else pair.ours): pair.p
            for pair in self.pairs(metric)
            if best in (pair.ours, pair.theirs)
        }
        return dict(zip(raw, holm(list(raw.values())), strict=True))


def load_comparisons(root: Path) -> dict[str, Comparison]:
    """The comparisons under a folder by their names.

    Raises:
        ValueError: If two results are of the same model, protocol, split and seed.
    """
    found: dict[str, Comparison] = {}
    for path in _files(root, "result.json"):
        result = FitResult.load(path)
        name, split = parse_full_name(result.dataset)
        comparison = found.setdefault(name, Comparison(name))
        key = split, result.seed
        if key in comparison.runs.setdefault(result.model, {}):
            other = comparison.folders[result.model, key]
            raise ValueError(f"{path.parent} and {other} hold results of the same run: remove one of them")
        comparison.runs[result.model][key] = result
        comparison.folders[result.model, key] = path.parent
    for path in _files(root, "trials.jsonl"):
        trials = read_trials(path)
        for trial in list(trials.values())[:1]:
            name = parse_full_name(trial["search"]["protocol"])[0]
            if name in found:
                found[name].trials[trial["search"]["model"]] = trials
    return found


def _files(root: Path, name: str) -> list[Path]:
    """All of this name, but for those that a report keeps."""
    return [path for path in sorted(root.glob(f"**/{name}")) if path.relative_to(root).parts[0] != REPORT]


def copy_comparison(comparison: Comparison, output: Path) -> None:
    """Leave in a folder what writes the same report again."""
    for (model, (split, seed)), folder in comparison.folders.items():
        part = "given" if split is None else f"split-{split}"
        copy_run(comparison.runs[model][split, seed], folder, output / model / part / f"seed-{seed}")
        trials = folder.parents[1] / "trials.jsonl"
        if trials.is_file():
            shutil.copyfile(trials, output / model / "trials.jsonl")


def num_parameters(run: FitResult) -> int:
    """Trained numbers of the model of a run; older results do not say it."""
    if run.num_parameters is not None:
        return run.num_parameters
    with torch.device("meta"):  # sizes alone, no values
        model = getattr(pygmmrec.models, run.model)(**run.config["model"])
    return sum(parameter.numel() for parameter in model.parameters())
