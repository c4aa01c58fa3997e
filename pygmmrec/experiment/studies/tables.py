"""The tables of a study, by the kind of its part.

p is that of a paired t-test over users against the full model: each user's test metric, averaged over the
seeds that both have, with Holm's correction over the rows of the table. Parts that vary numbers show
validation, which is what may choose among them.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

from pygmmrec.experiment.reports.cells import METRIC, SECOND, mean_std, p_text
from pygmmrec.experiment.reports.results import num_parameters
from pygmmrec.experiment.studies.parts import FULL, Part, short
from pygmmrec.experiment.studies.results import Results, Runs


def table(results: Results, part: Part) -> list[dict[str, str]]:
    """A row per variant: test and validation metrics, and how they stand to the full model."""
    rows = results.rows(part)
    names = [name for _, name, _ in rows]
    p_values = {metric: results.p_values(names, metric) for metric in (METRIC, SECOND)}
    cells = []
    for i, (variant, name, runs) in enumerate(rows):
        cell = {"variant": variant.label}
        for metric in (METRIC, SECOND):
            cell[f"test {metric}"] = mean_std([run.test[metric] for run in runs.values()])
        cell[f"valid {METRIC}"] = mean_std([run.valid[METRIC] for run in runs.values()])
        for metric in (METRIC, SECOND):
            ours, full = _mean_tests(runs, results.runs[FULL], metric)
            cell[f"{metric} to full"] = "" if name == FULL or full == 0 else f"{ours / full - 1:+.1%}"
            cell[f"p {metric}"] = p_text(p_values[metric][i])
        cells.append(cell | _course(runs))
    return cells


def grid_table(results: Results, part: Part) -> list[dict[str, str]]:
    """A row per cell of a grid: the best validation metric."""
    return [
        {short(name): str(value) for name, value in variant.changes.items()}
        | {f"valid {METRIC}": mean_std([run.valid[METRIC] for run in runs.values()])}
        | _course(runs)
        for variant, _, runs in results.cells(part)
    ]


def size_table(results: Results, part: Part) -> list[dict[str, str]]:
    """The same, with the parameters of the model."""
    sizes = [num_parameters(next(iter(runs.values()))) for _, _, runs in results.cells(part)]
    rows = grid_table(results, part)
    return [row | {"parameters": str(number)} for row, number in zip(rows, sizes, strict=True)]


def convergence_table(results: Results, part: Part) -> list[dict[str, str]]:
    """How soon each model reaches 95% of its best validation metric, and its best, in epochs and seconds."""
    cells = []
    for variant, _, runs in results.rows(part):
        near, seconds = [], []
        for run in runs.values():
            bar = 0.95 * run.valid[METRIC]
            validated = (entry for entry in run.history if entry["valid"])
            near.append(next(entry["epoch"] for entry in validated if entry["valid"][METRIC] >= bar))
            seconds.append(sum(entry["seconds"] for entry in run.history[: run.best_epoch]))
        cell = {"variant": variant.label}
        cell[f"valid {METRIC}"] = mean_std([run.valid[METRIC] for run in runs.values()])
        cell["epochs to 95%"] = f"{statistics.mean(near):.0f}"
        cell["seconds to best"] = f"{statistics.mean(seconds):.0f}"
        cells.append(cell | _course(runs))
    return cells


def cost_table(results: Results, part: Part) -> list[dict[str, str]]:
    """A row per form and size."""
    costs = sorted(results.costs, key=lambda cost: (cost["form"], cost["entities"]))
    return [
        {
            "form": cost["form"],
            "entities": str(cost["entities"]),
            "edges": str(cost["edges"]),
            "s/epoch": f"{cost['seconds']:.2f}",
            "peak MB": "" if cost["peak_mb"] is None else f"{cost['peak_mb']:.0f}",
        }
        for cost in costs
    ]


def _mean_tests(ours: Runs, full: Runs, metric: str) -> tuple[float, float]:
    """Over the seeds that both have, as in the paired test; zeros if there are none."""
    seeds = sorted(ours.keys() & full.keys())
    means = [sum(runs[seed].test[metric] for seed in seeds) / max(len(seeds), 1) for runs in (ours, full)]
    return means[0], means[1]


def _course(runs: Runs) -> dict[str, str]:
    return {
        "best epoch": f"{statistics.mean(run.best_epoch for run in runs.values()):.0f}",
        "s/epoch": f"{statistics.mean(run.seconds_per_epoch for run in runs.values()):.2f}",
        "seeds": " ".join(str(seed) for seed in sorted(runs)),
    }


TABLES: dict[str, Callable[[Results, Part], list[dict[str, str]]]] = {
    "bars": table,
    "heat map": grid_table,
    "line": grid_table,
    "size": size_table,
    "convergence": convergence_table,
    "cost": cost_table,
}
"""Kind of a part -> its table."""
