"""Tables of a study say what its result files say."""

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import ttest_rel

import pygmmrec.models
from pygmmrec.experiment.studies.parts import Plan
from pygmmrec.experiment.studies.results import Results
from pygmmrec.experiment.studies.tables import TABLES, cost_table
from pygmmrec.training import load_per_user

SEEDS = (1, 2)
FOLDERS = {
    "full model": "full",
    "without MMD": "mmd_weight=0",
    "without InfoNCE": "cl_weight=0",
    "image only": "modality_dims=image",
    "text only": "modality_dims=text",
    "LightGCN": "LightGCN",
}
"""The rows of the small study, and where they lie."""

Table = Callable[[str], list[dict[str, str]]]
Result = Callable[[str, int], dict[str, Any]]


def test_the_csv_says_what_the_result_files_say(table_of: Table, result_of: Result, studied: Path) -> None:
    rows = table_of("ablation")
    assert [row["variant"] for row in rows] == list(FOLDERS)
    for row in rows:
        runs = [result_of(FOLDERS[row["variant"]], seed) for seed in SEEDS]
        full = [result_of("full", seed) for seed in SEEDS]
        for metric in ("recall@20", "ndcg@20"):
            values = [run["test"][metric] for run in runs]
            assert row[f"test {metric}"] == f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
            gain = statistics.mean(values) / statistics.mean(run["test"][metric] for run in full) - 1
            assert row[f"{metric} to full"] == ("" if row["variant"] == "full model" else f"{gain:+.1%}")
        valid = [run["valid"]["recall@20"] for run in runs]
        assert row["valid recall@20"] == f"{statistics.mean(valid):.4f} ± {statistics.stdev(valid):.4f}"
        assert (row["best epoch"], row["seeds"]) == ("1", "1 2")
    changed = [result_of(name, 1)["config"]["model"] for name in ("full", "mmd_weight=0")]
    assert {key for key in changed[0] if changed[0][key] != changed[1][key]} == {"mmd_weight"}


def test_one_modality_alone_is_neither_aligned_nor_contrasted(
    table_of: Table, result_of: Result, studied: Path
) -> None:
    for name, terms in (("full", {"mmd", "cl_modality"}), ("modality_dims=image", set())):
        (entry,) = result_of(name, 1)["history"]
        assert entry["loss"].keys() == {"bpr", "l2", *terms}


def test_p_values_are_those_of_scipy_with_holms_correction(
    table_of: Table, result_of: Result, studied: Path
) -> None:
    rows = table_of("ablation")
    for metric in ("recall@20", "ndcg@20"):

        def mean(name: str, metric: str = metric) -> np.ndarray:
            files = [studied / name / f"seed-{seed}" / "test_per_user.npz" for seed in SEEDS]
            return np.mean([load_per_user(file)[1][metric].astype(float) for file in files], axis=0)

        others = list(FOLDERS.values())[1:]
        same = [np.array_equal(mean(name), mean("full")) for name in others]
        raw = [
            1.0 if equal else ttest_rel(mean(name), mean("full")).pvalue
            for name, equal in zip(others, same, strict=True)
        ]
        corrected, highest = {}, 0.0
        for place, i in enumerate(sorted(range(len(raw)), key=lambda i: raw[i])):
            highest = max(highest, raw[i] * (len(raw) - place))
            corrected[i] = min(1.0, highest)
        assert [row[f"p {metric}"] for row in rows[1:]] == [f"{corrected[i]:.2g}" for i in range(len(raw))]
        assert rows[0][f"p {metric}"] == ""
        assert min(raw) < 1


def test_parameters_of_each_size(table_of: Table, result_of: Result, studied: Path) -> None:
    rows = table_of("reduction")
    assert [row["reduction"] for row in rows] == ["2", "8"]
    for row, name in zip(rows, ("reduction=2", "full"), strict=True):
        config = result_of(name, 1)["config"]["model"]
        model = pygmmrec.models.MambaRec(**config)
        assert int(row["parameters"]) == sum(weight.numel() for weight in model.parameters())
    assert int(rows[0]["parameters"]) > int(rows[1]["parameters"])


def test_a_line_over_one_setting(table_of: Table, result_of: Result, studied: Path) -> None:
    rows = table_of("contrast")
    assert [row["cl_weight"] for row in rows] == ["0.01", "0.1"]
    valid = [result_of(name, 1)["valid"]["recall@20"] for name in ("full", "cl_weight=0.1")]
    assert [row["valid recall@20"] for row in rows] == [f"{value:.4f}" for value in valid]


def test_cost_is_sorted_by_form_and_size(studied: Path, plan: Plan) -> None:
    results = Results(studied)
    results.costs = [
        {"form": "b", "entities": 4, "edges": 9, "seconds": 1.5, "peak_mb": None},
        {"form": "a", "entities": 8, "edges": 9, "seconds": 1.5, "peak_mb": 3.2},
        {"form": "a", "entities": 4, "edges": 9, "seconds": 0.5, "peak_mb": 2.0},
    ]
    rows = cost_table(results, plan.parts["ablation"])
    assert [(row["form"], row["entities"], row["peak MB"]) for row in rows] == [
        ("a", "4", "2"),
        ("a", "8", "3"),
        ("b", "4", ""),
    ]
    assert set(TABLES) == {"bars", "heat map", "line", "size", "convergence", "cost"}
