"""Places of the models among all, and which of them are not shown to differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import rankdata

from pygmmrec.experiment.reports.cells import SECOND
from pygmmrec.experiment.reports.drawing import save
from pygmmrec.experiment.reports.results import Comparison
from pygmmrec.experiment.reports.tables import SIGNIFICANT


def mean_ranks(comparison: Comparison, metric: str = SECOND) -> dict[str, float]:
    """The place of each model among all, averaged over users, ties shared; from the best to the worst.

    Empty where the models have no runs in common.
    """
    keys = comparison.shared(*comparison.models)
    if not keys:
        return {}
    values = [comparison.by_user(model, metric, keys)[1] for model in comparison.models]
    ranks = rankdata(-np.stack(values), axis=0).mean(axis=1)  # [models]
    return dict(sorted(zip(comparison.models, ranks.tolist(), strict=True), key=lambda each: each[1]))


def cliques(comparison: Comparison, order: list[str], metric: str = SECOND) -> list[tuple[int, int]]:
    """Longest stretches of ``order``, as first and last place, in which no two models are shown to differ."""
    differ = {
        frozenset((pair.ours, pair.theirs))
        for pair in comparison.pairs(metric)
        if pair.corrected < SIGNIFICANT
    }
    found: list[tuple[int, int]] = []
    for first in range(len(order)):
        last = first
        while last + 1 < len(order) and not any(
            frozenset((order[last + 1], order[place])) in differ for place in range(first, last + 1)
        ):
            last += 1
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found


def critical_difference(comparison: Comparison, path: Path) -> None:
    """Mean ranks over users, and lines that join models of which no two are shown to differ."""
    ranks = mean_ranks(comparison)
    order = list(ranks)
    joined = cliques(comparison, order)
    half = (len(order) + 1) // 2
    figure = Figure(figsize=(8, 0.28 * half + 0.18 * len(joined) + 1.2), layout="constrained")
    axis = figure.subplots()
    low, high = min(ranks.values()), max(ranks.values())
    margin = (high - low or 1.0) * 0.05
    axis.plot([low - margin, high + margin], [0, 0], color="black", linewidth=1)
    for place, (model, rank) in enumerate(ranks.items()):
        left = place < half
        depth = place + 1 if left else len(order) - place
        y, end = -0.5 * depth - 0.35 * len(joined), low - 2 * margin if left else high + 2 * margin
        axis.plot([rank, rank, end], [0, y, y], color="grey", linewidth=0.7)
        text = f"{model} {rank:.2f}"
        axis.text(end, y, f"{text} " if left else f" {text}", ha="right" if left else "left", va="center")
    for number, (first, last) in enumerate(joined):
        y = -0.35 * (number + 1)
        ends = [ranks[order[first]] - margin / 4, ranks[order[last]] + margin / 4]
        axis.plot(ends, [y, y], color="black", linewidth=3)
    axis.set(xlim=(low - 9 * margin, high + 9 * margin), yticks=[])
    axis.set_xlabel(f"mean rank over users by test {SECOND} (left: best)")
    for side in ("left", "right", "top"):
        axis.spines[side].set_visible(False)
    save(figure, path)
