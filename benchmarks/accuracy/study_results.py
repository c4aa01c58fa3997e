"""The results of a study: what lies in its folder, and paired tests on it."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import ttest_rel
from study_parts import FULL, Part, Variant, folder

import pygmmrec.models
from pygmmrec.training import FitResult, load_per_user
from pygmmrec.utils.files import replacing

METRIC = "recall@20"
SECOND = "ndcg@20"
PER_USER = "test_per_user.npz"

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
        ours, full = (self._mean_over_seeds(each, seeds, metric) for each in (name, FULL))
        if np.array_equal(ours, full):
            return 1.0  # the statistic would be 0 / 0
        return float(ttest_rel(ours, full).pvalue)

    def _per_user(self, name: str, seed: int) -> Path:
        return self.root / name / f"seed-{seed}" / PER_USER

    def _mean_over_seeds(self, name: str, seeds: list[int], metric: str) -> np.ndarray:
        """[U]"""
        files = [load_per_user(self._per_user(name, seed)) for seed in seeds]
        first = load_per_user(self._per_user(FULL, seeds[0]))[0]
        if not all(np.array_equal(users, first) for users, _ in files):
            raise ValueError(f"The runs of {name!r} are of other test users than those of {FULL!r}")
        return np.mean([metrics[metric].astype(np.float64) for _, metrics in files], axis=0)


def num_parameters(run: FitResult) -> int:
    """Trained numbers of the model of a run."""
    with torch.device("meta"):  # sizes alone, no values
        model = getattr(pygmmrec.models, run.model)(**run.config["model"])
    return sum(parameter.numel() for parameter in model.parameters())


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: the i-th smallest of m times m - i + 1, never falling, at most one."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(raised, 1.0)
    return [float(value) for value in corrected]


def condense(result: FitResult) -> dict[str, Any]:
    """A result with the part of its history that the report draws, in six digits."""

    def short(entry: dict[str, Any]) -> dict[str, Any]:
        return {
            "epoch": entry["epoch"],
            "loss": {name: float(f"{value:.6g}") for name, value in entry["loss"].items()},
            "valid": {name: float(f"{entry['valid'][name]:.6g}") for name in (METRIC, SECOND)},
            "seconds": float(f"{entry['seconds']:.4g}"),
        }

    return {**vars(result), "history": [short(entry) for entry in result.history]}


def copy_condensed(results: Results, output: Path) -> None:
    """Leave in a folder what writes the same report again: a line per epoch, and metrics of users."""
    for name, runs in results.runs.items():
        for seed, result in runs.items():
            source, target = (root / name / f"seed-{seed}" for root in (results.root, output))
            values = condense(result)
            history = ",\n".join(json.dumps(entry) for entry in values.pop("history"))
            text = json.dumps(values, indent=1, allow_nan=False).removesuffix("\n}")
            with replacing(target / "result.json") as temporary:
                temporary.write_text(f'{text},\n "history": [\n{history}\n]\n}}\n')
            if (source / PER_USER).is_file():
                shutil.copyfile(source / PER_USER, target / PER_USER)
    for path in results.root.glob("cost/*.json"):
        (output / "cost").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, output / "cost" / path.name)
