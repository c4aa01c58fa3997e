"""The tables of a comparison; each takes its results and gives rows, from the best model to the worst."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from pygmmrec.experiment.reports.cells import METRIC, METRICS, SECOND, Rows, mean_std, p_text
from pygmmrec.experiment.reports.condense import short
from pygmmrec.experiment.reports.results import Comparison, Pair, num_parameters
from pygmmrec.experiment.trials.export import Trial, best_trial
from pygmmrec.training import FitResult

Cells = list[dict[str, str]]

SIGNIFICANT = 0.05


def _models(comparison: Comparison) -> list[str]:
    return comparison.models[::-1]


def accuracy_table(comparison: Comparison) -> Cells:
    """Test metrics, validation, and the test against the best model."""
    p_values = {metric: comparison.p_to_best(metric) for metric in (METRIC, SECOND)}
    rows = []
    for model in _models(comparison):
        runs = list(comparison.runs[model].values())
        row = {"model": model}
        row |= {f"test {metric}": mean_std([run.test[metric] for run in runs]) for metric in METRICS}
        row[f"valid {METRIC}"] = mean_std([run.valid[METRIC] for run in runs])
        row |= {f"p {metric}": p_text(p_values[metric].get(model)) for metric in (METRIC, SECOND)}
        row["runs"] = str(len(runs))
        rows.append(row)
    return rows


def mark_best(comparison: Comparison, rows: Rows) -> Cells:
    """The same rows with the best test metrics in bold, as Markdown and reStructuredText write it."""
    best = {f"test {metric}": comparison.best(metric) for metric in METRICS}
    return [
        {key: f"**{text}**" if best.get(key) == row["model"] else text for key, text in row.items()}
        for row in rows
    ]


def cost_table(comparison: Comparison) -> Cells:
    """Size, time and memory."""
    rows = []
    for model in _models(comparison):
        runs = list(comparison.runs[model].values())
        memory = [run.peak_memory_mb for run in runs if run.peak_memory_mb is not None]
        rows.append(
            {
                "model": model,
                "parameters": str(num_parameters(runs[0])),
                "epochs to best": f"{statistics.mean(run.best_epoch for run in runs):.0f}",
                "s/epoch": f"{statistics.mean(run.seconds_per_epoch for run in runs):.2f}",
                "seconds to best": f"{statistics.mean(map(seconds_to_best, runs)):.0f}",
                "peak MB": f"{max(memory):.0f}" if memory else "",
            }
        )
    return rows


def seconds_to_best(run: FitResult) -> float:
    """Seconds of training up to the best epoch, each to the digits that a report keeps."""
    return sum(short(entry["seconds"]) for entry in run.history[: run.best_epoch])


def beyond_table(comparison: Comparison) -> Cells:
    """What the test lists show besides hits, as far as results say it."""
    k = METRIC.partition("@")[2]
    rows = []
    for model in _models(comparison):
        runs = [run for run in comparison.runs[model].values() if run.beyond]
        if runs:
            row = {"model": model, f"coverage@{k}": mean_std([run.test[f"coverage@{k}"] for run in runs])}
            for name in runs[0].beyond:
                row[name] = mean_std([run.beyond[name] for run in runs])
            rows.append(row)
    return rows


def pair_table(comparison: Comparison) -> Cells:
    """All models against each other."""
    return [
        {"metric": metric, "model": pair.ours, "against": pair.theirs, **_tested(pair)}
        for metric in (METRIC, SECOND)
        for pair in comparison.pairs(metric)
    ]


def headline_table(comparison: Comparison, headline: Sequence[str]) -> Cells:
    """The headline systems against all others and against each other, losses as they are."""
    rows = []
    for metric in (METRIC, SECOND):
        for system in headline:
            for pair in comparison.pairs(metric):
                if system in (pair.ours, pair.theirs):
                    other = pair.theirs if pair.ours == system else pair.ours
                    gain = pair.gain if pair.ours == system else 1 / (1 + pair.gain) - 1
                    verdict = "no difference shown"
                    if pair.corrected < SIGNIFICANT:
                        verdict = "better" if pair.ours == system else "worse"
                    tested = _tested(pair) | {"difference": f"{gain:+.1%}", "verdict": verdict}
                    rows.append({"metric": metric, "system": system, "against": other, **tested})
    return rows


def _tested(pair: Pair) -> dict[str, str]:
    return {
        "difference": f"{pair.gain:+.1%}",
        "p": p_text(pair.p),
        "p corrected": p_text(pair.corrected),
        "users": str(pair.num_users),
    }


def search_table(comparison: Comparison) -> Cells:
    """What each search tried and chose: values are of validation, with the seed of the trials."""
    rows = []
    for model in _models(comparison):
        trials = comparison.trials.get(model, {})
        if not any(trial["value"] is not None for trial in trials.values()):
            continue
        best, first = best_trial(list(trials.values())), trials.get(0, {}).get("value")
        chosen = {name.rpartition(".")[2]: value for name, value in _chosen(best).items()}
        rows.append(
            {
                "model": model,
                "trials": str(len(trials)),
                "failed": str(sum(trial["value"] is None for trial in trials.values())),
                "epochs": str(sum(trial.get("epochs", 0) for trial in trials.values())),
                "seconds": f"{sum(trial.get('seconds', 0.0) for trial in trials.values()):.0f}",
                f"valid {METRIC} of the preset": "" if first is None else f"{first:.4f}",
                "of the best trial": f"{best['value']:.4f}",
                "chosen": ", ".join(f"{name} {_short(value)}" for name, value in chosen.items()),
            }
        )
    return rows


def _chosen(trial: Trial) -> dict[str, object]:
    """What a trial says of each setting of its space; a preset outside of it leaves some to the model."""
    space: dict[str, str] = trial["search"]["space"]
    found: dict[str, object] = {}
    for name, choice in space.items():
        if name in trial["params"]:
            found[name] = trial["params"][name]
        elif choice not in space:  # and does not follow another setting
            value: object = trial["settings"]
            for key in name.split("."):
                value = value.get(key) if isinstance(value, dict) else None
            found[name] = "default" if value is None else value
    return found


def search_budgets(comparison: Comparison) -> str:
    """What each search was allowed, in words; all that were, if they differ; nothing without a search."""
    said = []
    for trials in comparison.trials.values():
        budget = next(iter(trials.values()))["search"]["budget"]
        most = [f"{value:g} {name}" for name, value in budget.items() if value is not None]
        each = f", each of at most {' and '.join(most)}" if most else ""
        said.append(f"{len(trials)} trials per model{each}")
    return "; ".join(dict.fromkeys(said))


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
