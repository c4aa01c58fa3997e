"""The figures of a comparison."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np
from cells import METRIC, SECOND
from comparison_groups import Groups
from comparison_results import Comparison
from comparison_tables import SIGNIFICANT, seconds_to_best
from matplotlib.figure import Figure
from scipy.stats import rankdata
from study_figures import learning_curves, save


def style(number: int) -> dict[str, Any]:
    """Colour and line of a model; ten colours, then dashed and dotted."""
    return {"color": f"C{number % 10}", "linestyle": ("-", "--", ":")[number // 10 % 3]}


def cost(comparison: Comparison, path: Path) -> None:
    """Test metric against the seconds of training up to the best epoch."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axis = figure.subplots()
    for model in comparison.models:
        runs = list(comparison.runs[model].values())
        seconds = statistics.mean(map(seconds_to_best, runs))
        values = [run.test[METRIC] for run in runs]
        deviation = statistics.stdev(values) if len(values) > 1 else None
        mean = statistics.mean(values)
        axis.errorbar(seconds, mean, yerr=deviation, fmt="o", markersize=4, capsize=2)
        axis.annotate(model, (seconds, mean), xytext=(5, 3), textcoords="offset points", fontsize="small")
    axis.margins(x=0.15)
    axis.set(xscale="log", xlabel="seconds of training to the best epoch", ylabel=f"test {METRIC}")
    axis.grid(alpha=0.2)
    save(figure, path)


def convergence(comparison: Comparison, path: Path) -> None:
    """Validation metric by epoch."""
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axis = figure.subplots()
    for number, model in enumerate(comparison.models[::-1]):
        learning_curves(axis, model, comparison.runs[model].values(), style(number))
    axis.set(xlabel="epoch", ylabel=f"valid {METRIC} (thick: mean over runs)")
    figure.legend(loc="outside right upper", frameon=False, fontsize="small")
    axis.grid(alpha=0.2)
    save(figure, path)


def bars(groups: Groups, path: Path, *, what: str, ylabel: str) -> None:
    """A bar per model in each group of ``what``."""
    names, models = list(groups.sizes), list(groups.values)
    figure = Figure(figsize=(max(7, 0.14 * len(names) * len(models)), 4), layout="constrained")
    axis = figure.subplots()
    width = 0.85 / len(models)
    for number, model in enumerate(models):
        x = np.arange(len(names)) + (number - (len(models) - 1) / 2) * width
        heights = [groups.values[model].get(name, 0.0) for name in names]
        hatch = ("", "//", "..")[number // 10 % 3]
        axis.bar(x, heights, width, label=model, color=style(number)["color"], hatch=hatch)
    axis.set_xticks(range(len(names)), [f"{name}\n({groups.sizes[name]})" for name in names])
    axis.set(xlabel=f"training edges of the {what}", ylabel=ylabel)
    figure.legend(loc="outside right upper", frameon=False, fontsize="small")
    axis.grid(axis="y", alpha=0.2)
    save(figure, path)


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
