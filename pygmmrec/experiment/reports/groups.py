"""Recall of sparse and active users, and of cold and popular items."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pygmmrec.experiment.reports.cells import METRIC
from pygmmrec.experiment.reports.condense import PER_PAIR, PER_USER
from pygmmrec.experiment.reports.results import Comparison
from pygmmrec.training import load_per_pair, load_per_user

BOUNDS = (1, 5, 10, 20, 50)
"""Where groups begin, in training edges; before the first are those without any."""


Found = tuple[np.ndarray, np.ndarray] | None
"""Training edges and a value of each user or pair of a run, where the run says them."""


class Groups(NamedTuple):
    """The values of some groups: sizes by label, and by model and label the mean over runs."""

    sizes: dict[str, int]
    values: dict[str, dict[str, float]]


def label(place: int) -> str:
    """What a group is called: 0 is that before the first bound."""
    if place == 0:
        return "0"
    low = BOUNDS[place - 1]
    return f"{low}-{BOUNDS[place] - 1}" if place < len(BOUNDS) else f"{low} or more"


def user_groups(comparison: Comparison) -> Groups:
    """Mean recall of the users of each group."""

    def read(folder: Path) -> Found:
        path = folder / PER_USER
        metrics = load_per_user(path)[1] if path.is_file() else {}
        return (metrics["degree"], metrics[METRIC]) if "degree" in metrics else None

    return _groups(comparison, read)


def item_groups(comparison: Comparison) -> Groups:
    """Share of the held-out pairs with an item of each group that are in their user's list."""
    k = int(METRIC.partition("@")[2])

    def read(folder: Path) -> Found:
        if not (folder / PER_PAIR).is_file():
            return None
        found = load_per_pair(folder / PER_PAIR)
        return found.degree, (found.place >= 1) & (found.place <= k)

    return _groups(comparison, read)


def _groups(comparison: Comparison, read: Callable[[Path], Found]) -> Groups:
    sizes: dict[int, int] = {}
    values: dict[str, dict[str, float]] = {}
    for model in comparison.models[::-1]:
        by_place: dict[int, list[float]] = {}
        for key in comparison.runs[model]:
            found = read(comparison.folders[model, key])
            if found is None:
                continue
            degree, value = found
            place = np.digitize(degree, BOUNDS)  # [n]
            for each in np.unique(place).tolist():
                by_place.setdefault(each, []).append(float(value[place == each].mean(dtype=np.float64)))
                sizes.setdefault(each, int((place == each).sum()))
        if by_place:
            values[model] = {label(each): statistics.mean(by_place[each]) for each in sorted(by_place)}
    return Groups({label(each): sizes[each] for each in sorted(sizes)}, values)


def group_table(groups: Groups) -> list[dict[str, str]]:
    """A row per model, a column per group with its size."""
    return [
        {"model": model}
        | {
            f"{name} ({size})": f"{row[name]:.4f}" if name in row else ""
            for name, size in groups.sizes.items()
        }
        for model, row in groups.values.items()
    ]
