"""The figures of a comparison."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pygmmrec.experiment.reports.cells import METRIC
from pygmmrec.experiment.reports.drawing import learning_curves, save
from pygmmrec.experiment.reports.groups import Groups
from pygmmrec.experiment.reports.results import Comparison
from pygmmrec.experiment.reports.tables import seconds_to_best


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
