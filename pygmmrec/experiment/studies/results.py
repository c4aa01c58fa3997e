"""The results of a study: what lies in its folder, and paired tests on it."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pygmmrec.experiment.reports.condense import PER_USER, copy_run
from pygmmrec.experiment.reports.significance import holm, paired_p, user_means
from pygmmrec.experiment.studies.parts import FULL, Part, Variant, folder
from pygmmrec.training import FitResult

Runs = dict[int, FitResult]
"""The results of a variant by seed."""

Row = tuple[Variant, str, Runs]
"""A variant, its folder and its results."""


class Results:
    """What lies in the folder of a study: runs by variant and seed, and measurements of cost."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runs: dict[str, Runs] = {}
        for path in sorted(root.glob("*/seed-*/result.json")):
            result = FitResult.load(path)
            self.runs.setdefault(path.parents[1].name, {})[result.seed] = result
        self.costs = [json.loads(path.read_text()) for path in sorted(root.glob("cost/*.json"))]

    def rows(self, part: Part) -> list[Row]:
        """The variants of a part that have results."""
        if FULL not in self.runs:
            return []
        base = next(iter(self.runs[FULL].values())).config["model"]
        named = [(variant, folder(variant, base)) for variant in part.variants(base)]
        return [(variant, name, self.runs[name]) for variant, name in named if name in self.runs]

    def cells(self, part: Part) -> list[Row]:
        """The variants of a grid, each with the seeds that all of them have, so that cells compare.

        There are none while a cell has no result: other parts bring some cells along.
        """
        rows = self.rows(part)
        whole = len(rows) == math.prod(len(values) for values in part.axes.values())
        seeds = set.intersection(*(set(runs) for _, _, runs in rows)) if whole else set()
        shared = [
            (variant, name, {seed: runs[seed] for seed in sorted(seeds)}) for variant, name, runs in rows
        ]
        return shared if seeds else []

    def p_values(self, names: Sequence[str], metric: str) -> list[float | None]:
        """Of variants against the full model, with Holm's correction; None where there is nothing to test."""
        raw = [None if name == FULL else self._p(name, metric) for name in names]
        corrected = iter(holm([p for p in raw if p is not None]))
        return [None if p is None else next(corrected) for p in raw]

    def _p(self, name: str, metric: str) -> float | None:
        seeds = [
            seed
            for seed in sorted(self.runs[name].keys() & self.runs[FULL].keys())
            if all(self._per_user(each, seed).is_file() for each in (name, FULL))
        ]
        if not seeds:
            return None
        (users, ours), (others, full) = (
            user_means([self._per_user(each, seed) for seed in seeds], metric) for each in (name, FULL)
        )
        if not np.array_equal(users, others):
            raise ValueError(f"The runs of {name!r} are of other test users than those of {FULL!r}")
        return paired_p(ours, full)

    def _per_user(self, name: str, seed: int) -> Path:
        return self.root / name / f"seed-{seed}" / PER_USER


def copy_condensed(results: Results, output: Path) -> None:
    """Leave in a folder what writes the same report again: a line per epoch, and metrics of users."""
    for name, runs in results.runs.items():
        for seed, result in runs.items():
            source, target = (root / name / f"seed-{seed}" for root in (results.root, output))
            copy_run(result, source, target)
    for path in results.root.glob("cost/*.json"):
        (output / "cost").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, output / "cost" / path.name)
