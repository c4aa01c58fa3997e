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
    curves = [[kept(entry["valid"][metric]) for entry in run.history] for run in runs]
    for curve in curves:
        axis.plot(range(1, len(curve) + 1), curve, alpha=0.3, linewidth=0.8, **style)
    mean = [statistics.mean(values) for values in zip(*curves, strict=False)]
    axis.plot(range(1, len(mean) + 1), mean, label=label, **style)


def save(figure: Figure, path: Path) -> None:
    """Write a figure; its file appears only once it is complete."""
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
