"""A comparison as a data frame."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pygmmrec.experiment.reports.cells import METRIC, METRICS, SECOND
from pygmmrec.experiment.reports.results import Comparison, num_parameters
from pygmmrec.experiment.reports.tables import seconds_to_best


def frame(comparisons: Mapping[str, Comparison]) -> pd.DataFrame:
    """A row per model, from the best to the worst, of each data set.

    Columns: mean and standard deviation over runs of the test metrics and of validation, ``p`` against the
    best model (paired over users, Holm's correction over the rows), the number of runs, and the cost.
    """
    rows = [
        {"data": name, "model": model, **_row(comparison, model)}
        for name, comparison in comparisons.items()
        for model in comparison.models[::-1]
    ]
    if not rows:
        return pd.DataFrame()
    table = pd.DataFrame(rows).set_index(["data", "model"])
    return table.droplevel("data") if len(comparisons) == 1 else table


def _row(comparison: Comparison, model: str) -> dict[str, Any]:
    runs = list(comparison.runs[model].values())
    row: dict[str, Any] = {}
    for metric in METRICS:
        row |= _spread(f"test {metric}", [run.test[metric] for run in runs])
    row |= _spread(f"valid {METRIC}", [run.valid[METRIC] for run in runs])
    row |= {f"p {metric}": comparison.p_to_best(metric).get(model) for metric in (METRIC, SECOND)}
    memory = [run.peak_memory_mb for run in runs if run.peak_memory_mb is not None]
    return row | {
        "runs": len(runs),
        "parameters": num_parameters(runs[0]),
        "epochs to best": statistics.mean(run.best_epoch for run in runs),
        "s/epoch": statistics.mean(run.seconds_per_epoch for run in runs),
        "seconds to best": statistics.mean(map(seconds_to_best, runs)),
        "peak MB": max(memory, default=None),
    }


def _spread(name: str, values: list[float]) -> dict[str, float | None]:
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return {name: statistics.mean(values), f"{name} std": deviation}
