"""The figures of a study, by the kind of its part."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pygmmrec.experiment.reports.cells import METRIC, SECOND
from pygmmrec.experiment.reports.drawing import learning_curves, save
from pygmmrec.experiment.reports.results import num_parameters
from pygmmrec.experiment.studies.parts import Part, short
from pygmmrec.experiment.studies.results import Results, Runs

DOTS: dict[str, Any] = {"color": "black", "s": 12, "zorder": 3}


def bars(results: Results, part: Part, path: Path) -> None:
    """Test metric of each variant: mean, standard deviation, and a dot per seed."""
    rows = results.rows(part)
    figure = Figure(figsize=(7, 0.45 * len(rows) + 1.2), layout="constrained")
    axis = figure.subplots()
    for y, (_, _, runs) in enumerate(rows):
        values = [run.test[METRIC] for run in runs.values()]
        deviation = statistics.stdev(values) if len(values) > 1 else None
        axis.barh(y, statistics.mean(values), xerr=deviation, color="tab:blue", alpha=0.6, capsize=3)
        axis.scatter(values, [y] * len(values), **DOTS)
    axis.set_yticks(range(len(rows)), [variant.label for variant, _, _ in rows])
    axis.invert_yaxis()
    axis.set(xlabel=f"test {METRIC} (bar: mean, line: standard deviation, dots: seeds)")
    axis.grid(axis="x", alpha=0.2)
    save(figure, path)


def cells(results: Results, part: Part) -> np.ndarray:
    """Mean validation metric of each cell of a grid. [rows, columns]"""
    (first, rows), (second, columns) = part.axes.items()
    grid = np.zeros((len(rows), len(columns)))
    for variant, _, runs in results.cells(part):
        place = rows.index(variant.changes[first]), columns.index(variant.changes[second])
        grid[place] = statistics.mean(run.valid[METRIC] for run in runs.values())
    return grid


def heat_map(results: Results, part: Part, path: Path) -> None:
    """Validation metric over the two settings of a grid."""
    (first, rows), (second, columns) = part.axes.items()
    grid = cells(results, part)
    figure = Figure(figsize=(1.1 * len(columns) + 2, 0.7 * len(rows) + 1.2), layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(grid, cmap="viridis", aspect="auto")
    middle = (grid.min() + grid.max()) / 2
    for (i, j), value in np.ndenumerate(grid):
        color = "white" if value < middle else "black"
        axis.text(j, i, f"{value:.4f}", ha="center", va="center", color=color)
    axis.set_xticks(range(len(columns)), [str(value) for value in columns])
    axis.set_yticks(range(len(rows)), [str(value) for value in rows])
    axis.set(xlabel=short(second), ylabel=short(first))
    figure.colorbar(image, label=f"valid {METRIC}")
    save(figure, path)


def line(results: Results, part: Part, path: Path) -> None:
    """Validation metric over one setting."""
    figure = Figure(figsize=(5, 3.5), layout="constrained")
    axis = figure.subplots()
    _over_setting(axis, results, part, lambda runs: [run.valid[METRIC] for run in runs.values()])
    axis.set(ylabel=f"valid {METRIC} (line: mean, dots: seeds)")
    save(figure, path)


def size(results: Results, part: Part, path: Path) -> None:
    """Parameters, seconds and validation metric over one setting."""
    shown: dict[str, Callable[[Runs], list[float]]] = {
        "parameters in thousands": lambda runs: [num_parameters(run) / 1000 for run in runs.values()],
        "seconds of an epoch": lambda runs: [run.seconds_per_epoch for run in runs.values()],
        f"valid {METRIC}": lambda runs: [run.valid[METRIC] for run in runs.values()],
    }
    figure = Figure(figsize=(11, 3.5), layout="constrained")
    for axis, (label, values) in zip(figure.subplots(1, len(shown)), shown.items(), strict=True):
        _over_setting(axis, results, part, values)
        axis.set(ylabel=label)
    save(figure, path)


def _over_setting(axis: Axes, results: Results, part: Part, values: Callable[[Runs], list[float]]) -> None:
    """The mean over seeds against the only setting of a part, on a logarithmic axis, and a dot per seed."""
    (name,) = part.axes
    points = [(variant.changes[name], values(runs)) for variant, _, runs in results.cells(part)]
    axis.plot([x for x, _ in points], [statistics.mean(ys) for _, ys in points], color="tab:blue")
    for x, ys in points:
        axis.scatter([x] * len(ys), ys, **DOTS)
    axis.set(xlabel=name, xscale="log")
    axis.set_xticks([x for x, _ in points], [str(x) for x, _ in points])
    axis.minorticks_off()
    axis.grid(alpha=0.2)


def convergence(results: Results, part: Part, path: Path) -> None:
    """Validation metrics by epoch: a thin line per seed, and the mean as long as all seeds train."""
    figure = Figure(figsize=(11, 4), layout="constrained")
    for axis, metric in zip(figure.subplots(1, 2), (METRIC, SECOND), strict=True):
        for number, (variant, _, runs) in enumerate(results.rows(part)):
            learning_curves(axis, variant.label, list(runs.values()), {"color": f"C{number}"}, metric)
        axis.set(xlabel="epoch", ylabel=f"valid {metric} (thick: mean over seeds)")
        axis.legend(frameon=False)
        axis.grid(alpha=0.2)
    save(figure, path)


def cost(results: Results, part: Part, path: Path) -> None:
    """Seconds and peak memory of an epoch against the number of entities."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    for axis, key, label in zip(
        figure.subplots(1, 2), ("seconds", "peak_mb"), ("seconds", "peak memory in MB"), strict=True
    ):
        for form in sorted({measured["form"] for measured in results.costs}):
            own = [measured for measured in results.costs if measured["form"] == form]
            points = sorted((measured["entities"], measured[key]) for measured in own if measured[key])
            if points:
                axis.plot(*zip(*points, strict=True), marker="o", markersize=3, label=form)
        axis.set(xlabel="users and items, N", ylabel=f"{label} of an epoch", xscale="log", yscale="log")
        axis.legend(frameon=False)
        axis.grid(alpha=0.2)
    save(figure, path)


DRAW: dict[str, Callable[[Results, Part, Path], None]] = {
    "bars": bars,
    "heat map": heat_map,
    "line": line,
    "size": size,
    "convergence": convergence,
    "cost": cost,
}
"""Kind of a part -> its figure."""
