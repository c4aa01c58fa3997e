"""What figures share."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pygmmrec.experiment.reports.cells import METRIC
from pygmmrec.experiment.reports.condense import kept
from pygmmrec.training import FitResult
from pygmmrec.utils.files import replacing


def learning_curves(
    axis: Axes, label: str, runs: Iterable[FitResult], style: dict[str, Any], metric: str = METRIC
) -> None:
    """Validation by epoch: a thin line per run, and their mean as long as all of them train."""
    validated = [[entry for entry in run.history if entry["valid"]] for run in runs]
    curves = [[kept(entry["valid"][metric]) for entry in entries] for entries in validated]
    epochs = [[entry["epoch"] for entry in entries] for entries in validated]
    for at, curve in zip(epochs, curves, strict=True):
        axis.plot(at, curve, alpha=0.3, linewidth=0.8, **style)
    mean = [statistics.mean(values) for values in zip(*curves, strict=False)]
    axis.plot(min(epochs, key=len, default=[]), mean, label=label, **style)


def save(figure: Figure, path: Path) -> None:
    """Write a figure; its file appears only once it is complete."""
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
