"""Tables say what result files say, and p-values are those of SciPy with Holm's correction."""

import json
import statistics
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_rel

from pygmmrec.experiment.reports.results import Comparison
from pygmmrec.experiment.reports.tables import (
    SIGNIFICANT,
    accuracy_table,
    mark_best,
    search_budgets,
    search_table,
    seconds_to_best,
)
from pygmmrec.training import FitResult, load_per_user

MODELS = ("BPRMF", "VBPR", "LightGCN")
SEEDS = (1, 2)
TRIALS = 4
Rows = Callable[[str], list[dict[str, str]]]
Lines = Callable[[str], list[dict[str, Any]]]
Result = Callable[[str, int], dict[str, Any]]


def user_values(done: Path, model: str, metric: str) -> np.ndarray:
    """Each user's metric, averaged over seeds. [U]"""
    folder = done / "tiny" / model / "given"
    files = [load_per_user(folder / f"seed-{seed}" / "test_per_user.npz")[1] for seed in SEEDS]
    return np.mean([file[metric].astype(float) for file in files], axis=0)


def corrected(raw: list[float]) -> list[float]:
    """Holm's correction, written differently."""
    order, out, highest = sorted(range(len(raw)), key=lambda i: raw[i]), [0.0] * len(raw), 0.0
    for place, i in enumerate(order):
        highest = max(highest, raw[i] * (len(raw) - place))
        out[i] = min(1.0, highest)
    return out


def test_accuracy_is_that_of_the_result_files(rows: Rows, result: Result, comparison: Comparison) -> None:
    found = rows("accuracy")
    mean = {
        model: statistics.mean(result(model, seed)["test"]["recall@20"] for seed in SEEDS) for model in MODELS
    }
    assert [row["model"] for row in found] == sorted(MODELS, key=lambda model: -mean[model])
    for row in found:
        runs = [result(row["model"], seed) for seed in SEEDS]
        for metric in ("recall@10", "recall@20", "ndcg@10", "ndcg@20"):
            values = [run["test"][metric] for run in runs]
            text = f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
            assert row[f"test {metric}"].strip("*") == text
        assert row["runs"] == "2"
    assert found[0]["test recall@20"].startswith("**")
    assert not any(row["test recall@20"].startswith("**") for row in found[1:])
    assert found == mark_best(comparison, accuracy_table(comparison))


@pytest.mark.parametrize("metric", ["recall@20", "ndcg@20"])
def test_p_values_are_those_of_scipy_with_holms_correction(metric: str, rows: Rows, done: Path) -> None:
    values = {model: user_values(done, model, metric) for model in MODELS}
    pairs = [frozenset(pair) for pair in combinations(MODELS, 2)]
    raw = [ttest_rel(*(values[model] for model in pair)).pvalue for pair in pairs]
    assert all(p < 1 for p in raw)
    found = [row for row in rows("pairs") if row["metric"] == metric]
    assert len(found) == len(pairs)
    for row in found:
        place = pairs.index(frozenset((row["model"], row["against"])))
        assert row["p"] == f"{raw[place]:.2g}"
        assert row["p corrected"] == f"{corrected(raw)[place]:.2g}"
        gain = values[row["model"]].mean() / values[row["against"]].mean() - 1
        assert row["difference"] == f"{gain:+.1%}"
        assert row["users"] == str(len(values["VBPR"]))
    accuracy = rows("accuracy")
    best = next(row["model"] for row in accuracy if row[f"test {metric}"].startswith("**"))
    others = [row for row in accuracy if row["model"] != best]
    to_best = [ttest_rel(values[row["model"]], values[best]).pvalue for row in others]
    assert [row[f"p {metric}"] for row in others] == [f"{p:.2g}" for p in corrected(to_best)]


def test_losses_of_a_headline_system_are_shown(rows: Rows, done: Path) -> None:
    found = [row for row in rows("headline") if row["metric"] == "recall@20"]
    assert {row["system"] for row in found} == {"VBPR"}
    assert {row["against"] for row in found} == {"BPRMF", "LightGCN"}
    ours = user_values(done, "VBPR", "recall@20").mean()
    for row in found:
        theirs = user_values(done, row["against"], "recall@20").mean()
        assert row["difference"] == f"{ours / theirs - 1:+.1%}"
        shown = float(row["p corrected"]) < SIGNIFICANT
        assert row["verdict"] == (
            ("better" if ours > theirs else "worse") if shown else "no difference shown"
        )


def test_cost_beyond_and_search(rows: Rows, result: Result, lines: Lines) -> None:
    for model in MODELS:
        runs = [result(model, seed) for seed in SEEDS]
        (row,) = [row for row in rows("cost") if row["model"] == model]
        assert row["parameters"] == str(runs[0]["num_parameters"])
        assert row["peak MB"] == f"{max(run['peak_memory_mb'] for run in runs):.0f}"
        spent = [sum(entry["seconds"] for entry in run["history"][: run["best_epoch"]]) for run in runs]
        assert row["seconds to best"] == f"{statistics.mean(spent):.0f}"
        (row,) = [row for row in rows("beyond") if row["model"] == model]
        for name in ("popularity@20", "diversity@20"):
            values = [run["beyond"][name] for run in runs]
            assert row[name] == f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
        (row,) = [row for row in rows("search") if row["model"] == model]
        assert (row["trials"], row["failed"]) == (str(TRIALS), "0")
        trials = lines(model)
        assert row["of the best trial"] == f"{max(trial['value'] for trial in trials):.4f}"
        assert row["epochs"] == str(sum(trial["epochs"] for trial in trials))
        assert row["seconds"] == f"{sum(trial['seconds'] for trial in trials):.0f}"
    (note,) = [row for row in rows("notes") if row["what"] == "search"]
    assert note["is"] == f"{TRIALS} trials per model, each of at most 2 epochs"


def test_what_was_chosen_is_that_of_the_best_trial(comparison: Comparison, lines: Lines) -> None:
    for row in search_table(comparison):
        best = max(lines(row["model"]), key=lambda trial: trial["value"])
        names = {name.rpartition(".")[2] for name in best["params"]}
        assert {text.split(" ")[0] for text in row["chosen"].split(", ")} == names
    assert search_budgets(comparison).startswith("4 trials per model")


def test_a_preset_outside_of_its_space_says_what_it_says() -> None:
    trial = {"number": 0, "value": 0.5, "params": {}, "settings": {"model": {"k": 7}}}
    trial["search"] = {"space": {"model.k": "Int", "model.lr": "Float", "pre_transform.k": "model.k"}}
    run = FitResult("A", "tiny", 1, 1, 1, {}, {"recall@20": 0.1}, 1.0, None, {}, {}, [])
    made = Comparison("tiny")
    made.runs["A"], made.trials["A"] = {(None, 1): run}, {0: trial}
    (row,) = search_table(made)
    assert row["chosen"] == "k 7, lr default"
    assert json.dumps(row)


def test_seconds_to_best_are_those_of_the_digits_that_are_kept() -> None:
    history = [{"seconds": 1.00004}, {"seconds": 2.0}, {"seconds": 4.0}]
    run = FitResult("A", "tiny", 1, 2, 3, {}, {}, 1.0, None, {}, {}, history)
    assert seconds_to_best(run) == 3.0
