"""The comparison: it resumes, budgets are equal, validation chooses, tables say what result files say."""

import csv
import json
import pickle
import statistics
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata, ttest_rel

from pygmmrec.evaluation.evaluate import measure
from pygmmrec.training import load_per_pair, load_per_user

MODELS = ("BPRMF", "VBPR", "LightGCN")
SEEDS = (1, 2)
TRIALS = 5  # more than are proposed at a time
Script = Callable[[str], ModuleType]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def result(root: Path, model: str, seed: int) -> dict[str, Any]:
    return json.loads((root / "tiny" / model / "given" / f"seed-{seed}" / "result.json").read_text())


def make_plan(script: Script, tiny: Path, output: Path, **changes: Any) -> Any:
    protocol = script("protocol").Protocol("tiny", str(tiny))
    options = {"trials": TRIALS, "budget": script("search").Budget(epochs=2), "epochs": 3, "seeds": SEEDS}
    return script("compare").Plan(MODELS, (protocol,), output, device="cpu", **{**options, **changes})


@pytest.fixture(scope="module")
def seen() -> list[str]:
    """The splits that were scored, in order."""
    return []


@pytest.fixture(scope="module")
def done(
    script: Script,
    tiny: Path,
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[str],
    without_curves: None,
) -> Path:
    """The folder of a small comparison."""
    output = tmp_path_factory.mktemp("comparison")

    def spying(model: Any, data: Any, split: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(split)
        return measure(model, data, split, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pygmmrec.training.run.measure", spying)
        assert script("compare").compare(make_plan(script, tiny, output), 0) == []
    return output


@pytest.fixture(scope="module")
def report(script: Script, done: Path) -> Path:
    comparisons = script("comparison_results").load_comparisons(done)
    script("report").write_reports(comparisons, done / "report", ["VBPR"])
    return done / "report" / "tiny"


@pytest.mark.parametrize("model", MODELS)
def test_budgets_are_equal_and_validation_chooses(model: str, done: Path, script: Script) -> None:
    trials = lines(done / "tiny" / model / "trials.jsonl")
    assert [trial["number"] for trial in trials] == list(range(TRIALS))
    assert all(trial["epochs"] <= 2 and trial["search"]["budget"]["epochs"] == 2 for trial in trials)
    space = script("space").load_space(model)
    first = script("preset_run").load_preset("tiny", model)
    assert trials[0]["settings"] == first | trials[0]["settings"]
    assert trials[0]["params"] == space.params(first)  # the search begins with the preset as it is
    params = [json.dumps(trial["params"], sort_keys=True) for trial in trials]
    assert len(set(params)) == TRIALS
    assert all(trial["value"] == trial["valid"]["recall@20"] for trial in trials)
    best = max(trials, key=lambda trial: trial["value"])
    chosen = json.loads((done / "tiny" / model / "chosen.json").read_text())
    assert (chosen["number"], chosen["value"]) == (best["number"], best["value"])
    for seed in SEEDS:
        config = result(done, model, seed)["config"]
        assert best["settings"]["model"].items() <= config["model"].items()
        assert config["training"]["lr"] == best["settings"]["training"]["lr"]
        assert config["training"]["epochs"] == 3


def test_the_test_set_is_scored_once_per_run_and_never_by_a_trial(done: Path, seen: list[str]) -> None:
    assert seen.count("test") == len(MODELS) * len(SEEDS)


def test_an_interrupted_comparison_goes_on_without_repeating(
    done: Path, script: Script, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = done / "tiny" / "VBPR" / "trials.jsonl"
    whole, kept = lines(file), done / "tiny" / "VBPR" / "given" / "seed-1" / "result.json"
    before = kept.stat().st_mtime_ns
    # The process ended while it wrote the last trial, and before it had tried the one before.
    text = file.read_text().splitlines(keepends=True)
    file.write_text("".join(text[:3]) + text[4][:40])
    search = script("search").Search
    original, tried = search.run_trial, []

    def spying(self: Any, number: int, *args: Any) -> None:
        tried.append((self.space.model, number))
        original(self, number, *args)

    monkeypatch.setattr(search, "run_trial", spying)
    assert script("compare").compare(make_plan(script, tiny, done), 0) == []
    assert tried == [("VBPR", 3), ("VBPR", 4)]
    again = script("trials").read_trials(file)
    for trial in whole:
        assert again[trial["number"]]["params"] == trial["params"]
        assert again[trial["number"]]["value"] == trial["value"]
    assert kept.stat().st_mtime_ns == before
    file.write_text("".join(text))


def test_other_settings_in_the_same_folder_are_an_error(done: Path, script: Script, tiny: Path) -> None:
    budget = script("search").Budget(epochs=1)
    failed = script("compare").compare(make_plan(script, tiny, done, budget=budget), 0)
    assert failed == [f"tiny {model}" for model in MODELS]
    failed = script("compare").compare(make_plan(script, tiny, done, epochs=2), 0)
    assert failed == [f"tiny {model}" for model in MODELS]


def test_work_survives_the_way_to_another_process(script: Script, tiny: Path, tmp_path: Path) -> None:
    compare = script("compare")
    entry = compare.Entry(
        make_plan(script, tiny, tmp_path), "VBPR", make_plan(script, tiny, tmp_path).protocols[0]
    )
    work = entry.work()
    assert list(work) == ["trial-0", "trial-1", "trial-2", "trial-3"]
    pickle.loads(pickle.dumps(work["trial-1"]))()
    (trial,) = lines(tmp_path / "tiny" / "VBPR" / "trials.jsonl")
    assert trial["number"] == 1
    assert list(entry.work()) == ["trial-0", "trial-2", "trial-3"]  # the others are proposed as before


def test_a_failed_trial_counts_and_is_never_chosen(script: Script, tiny: Path, tmp_path: Path) -> None:
    protocol = script("protocol").Protocol("tiny", str(tiny))
    preset = {"model": {"embedding_dim": -1}, "pre_transform": {}, "epoch_transform": {}, "training": {}}
    space, module = script("space").load_space("BPRMF"), script("search")
    search = module.Search(space, preset, protocol, module.Budget(1), device="cpu")
    search.run_trial(0, {}, tmp_path / "trials.jsonl")
    trials = script("trials").read_trials(tmp_path / "trials.jsonl", search.identity)
    assert trials[0]["value"] is None
    assert trials[0]["error"]
    with pytest.raises(ValueError, match="None of 1 trials has a value"):
        script("trials").best_trial(trials, 1)
    fine = {1: {"number": 1, "value": 0.5}, 2: {"number": 2, "value": 0.5}, 3: {"number": 3, "value": 0.6}}
    assert (
        script("trials").best_trial(trials | fine, 3)["number"] == 1
    )  # of equals the earlier; 3 is too late
    with pytest.raises(ValueError, match="trials of another search"):
        script("trials").read_trials(tmp_path / "trials.jsonl", {**search.identity, "sampler": "random"})


def test_a_trial_ends_when_its_seconds_are_spent(script: Script, tiny: Path, tmp_path: Path) -> None:
    protocol = script("protocol").Protocol("tiny", str(tiny))
    preset, module = script("preset_run").load_preset("tiny", "BPRMF"), script("search")
    space = script("space").load_space("BPRMF")
    search = module.Search(space, preset, protocol, module.Budget(50, 1e-9), device="cpu")
    search.run_trial(0, {}, tmp_path / "trials.jsonl")
    (trial,) = lines(tmp_path / "trials.jsonl")
    assert (trial["epochs"], trial["stopped"]) == (1, "seconds")


def test_a_space_that_is_used_up_ends_the_search(script: Script, tiny: Path, tmp_path: Path) -> None:
    space, module = script("space"), script("search")
    choices = {"model.num_layers": space.distribution("int", [1, 3])}
    preset = script("preset_run").load_preset("tiny", "LightGCN")
    protocol = script("protocol").Protocol("tiny", str(tiny))
    for sampler in ("tpe", "random"):
        search = module.Search(
            space.Space("LightGCN", choices, {}), preset, protocol, module.Budget(1), sampler
        )
        proposed = search.propose({})
        assert sorted(params["model.num_layers"] for params in proposed.values()) == [1, 2, 3]
        trials = {
            number: {"number": number, "params": params, "value": 0.1} for number, params in proposed.items()
        }
        assert search.propose(trials) == {}


def test_accuracy_is_that_of_the_result_files(report: Path, done: Path) -> None:
    rows = read(report / "accuracy.csv")
    mean = {
        model: statistics.mean(result(done, model, seed)["test"]["recall@20"] for seed in SEEDS)
        for model in MODELS
    }
    assert [row["model"] for row in rows] == sorted(MODELS, key=lambda model: -mean[model])
    for row in rows:
        runs = [result(done, row["model"], seed) for seed in SEEDS]
        for metric in ("recall@10", "recall@20", "ndcg@10", "ndcg@20"):
            values = [run["test"][metric] for run in runs]
            text = f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
            assert row[f"test {metric}"].strip("*") == text
        assert row["runs"] == "2"
    assert rows[0]["test recall@20"].startswith("**")
    assert not any(row["test recall@20"].startswith("**") for row in rows[1:])


def user_values(done: Path, model: str, metric: str) -> np.ndarray:
    """Each user's metric, averaged over seeds. [U]"""
    folder = done / "tiny" / model / "given"
    files = [load_per_user(folder / f"seed-{seed}" / "test_per_user.npz")[1] for seed in SEEDS]
    return np.mean([file[metric].astype(float) for file in files], axis=0)


def corrected(raw: list[float]) -> list[float]:
    """Holm's correction, written down."""
    out, highest = [0.0] * len(raw), 0.0
    for place, i in enumerate(sorted(range(len(raw)), key=lambda i: raw[i])):
        highest = max(highest, raw[i] * (len(raw) - place))
        out[i] = min(1.0, highest)
    return out


@pytest.mark.parametrize("metric", ["recall@20", "ndcg@20"])
def test_p_values_are_those_of_scipy_with_holms_correction(metric: str, report: Path, done: Path) -> None:
    values = {model: user_values(done, model, metric) for model in MODELS}
    pairs = [frozenset(pair) for pair in combinations(MODELS, 2)]
    raw = [ttest_rel(*(values[model] for model in pair)).pvalue for pair in pairs]
    assert all(p < 1 for p in raw)
    rows = [row for row in read(report / "pairs.csv") if row["metric"] == metric]
    assert len(rows) == len(pairs)
    for row in rows:
        place = pairs.index(frozenset((row["model"], row["against"])))
        assert row["p"] == f"{raw[place]:.2g}"
        assert row["p corrected"] == f"{corrected(raw)[place]:.2g}"
        gain = values[row["model"]].mean() / values[row["against"]].mean() - 1
        assert row["difference"] == f"{gain:+.1%}"
        assert row["users"] == str(len(values["VBPR"]))
    accuracy = read(report / "accuracy.csv")
    best = next(row["model"] for row in accuracy if row[f"test {metric}"].startswith("**"))
    others = [row for row in accuracy if row["model"] != best]
    to_best = [ttest_rel(values[row["model"]], values[best]).pvalue for row in others]
    assert [row[f"p {metric}"] for row in others] == [f"{p:.2g}" for p in corrected(to_best)]


def test_losses_of_a_headline_system_are_shown(report: Path, done: Path) -> None:
    rows = [row for row in read(report / "headline.csv") if row["metric"] == "recall@20"]
    assert {row["system"] for row in rows} == {"VBPR"}
    assert {row["against"] for row in rows} == {"BPRMF", "LightGCN"}
    ours = user_values(done, "VBPR", "recall@20").mean()
    for row in rows:
        theirs = user_values(done, row["against"], "recall@20").mean()
        assert row["difference"] == f"{ours / theirs - 1:+.1%}"
        shown = float(row["p corrected"]) < 0.05
        assert row["verdict"] == (
            ("better" if ours > theirs else "worse") if shown else "no difference shown"
        )


def test_groups_of_users_and_items(report: Path, done: Path) -> None:
    (row,) = [row for row in read(report / "users.csv") if row["model"] == "LightGCN"]
    assert list(row) == ["model", "5-9 (40)"]  # all of them have six training edges
    assert row["5-9 (40)"] == f"{user_values(done, 'LightGCN', 'recall@20').mean():.4f}"
    (row,) = [row for row in read(report / "items.csv") if row["model"] == "LightGCN"]
    hits: dict[str, list[list[int]]] = {"1-4": [], "5-9": []}
    for seed in SEEDS:
        pairs = load_per_pair(done / "tiny" / "LightGCN" / "given" / f"seed-{seed}" / "test_per_pair.npz")
        for name, low, high in (("1-4", 1, 4), ("5-9", 5, 9)):
            inside = pairs.place[(pairs.degree >= low) & (pairs.degree <= high)]
            hits[name].append([int(1 <= place <= 20) for place in inside])
    assert len(row) == 1 + 2 + any(name.startswith(("0", "10")) for name in row)
    for name, runs in hits.items():
        text = f"{statistics.mean(statistics.mean(run) for run in runs):.4f}"
        assert row[f"{name} ({len(runs[0])})"] == text


def test_cost_beyond_and_search(report: Path, done: Path) -> None:
    for model in MODELS:
        runs = [result(done, model, seed) for seed in SEEDS]
        (row,) = [row for row in read(report / "cost.csv") if row["model"] == model]
        assert row["parameters"] == str(runs[0]["num_parameters"])
        assert row["peak MB"] == f"{max(run['peak_memory_mb'] for run in runs):.0f}"
        spent = [sum(entry["seconds"] for entry in run["history"][: run["best_epoch"]]) for run in runs]
        assert row["seconds to best"] == f"{statistics.mean(spent):.0f}"
        (row,) = [row for row in read(report / "beyond.csv") if row["model"] == model]
        for name in ("popularity@20", "diversity@20"):
            values = [run["beyond"][name] for run in runs]
            assert row[name] == f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
        (row,) = [row for row in read(report / "search.csv") if row["model"] == model]
        assert (row["trials"], row["failed"]) == (str(TRIALS), "0")
        trials = lines(done / "tiny" / model / "trials.jsonl")
        assert row["of the best trial"] == f"{max(trial['value'] for trial in trials):.4f}"
        assert row["epochs"] == str(sum(trial["epochs"] for trial in trials))
        assert row["seconds"] == f"{sum(trial['seconds'] for trial in trials):.0f}"
    (note,) = [row for row in read(report / "notes.csv") if row["what"] == "search"]
    assert note["is"] == f"{TRIALS} trials per model, each of at most 2 epochs"


def test_published_numbers_and_the_difference(
    done: Path, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = script("published")
    text = '[[table]]\nsource = "A, Table 1"\nmetrics = ["recall@20"]\n'
    text += '[table.models]\nVBPR = [0.25]\nGRCN = [0.5]\n[table.remarks]\nVBPR = "says it"\n'
    (tmp_path / "tiny.toml").write_text(text)
    monkeypatch.setattr(module, "PUBLISHED", tmp_path)
    comparison = script("comparison_results").load_comparisons(done)["tiny"]
    (row,) = module.published_table(comparison)
    mean = statistics.mean(result(done, "VBPR", seed)["test"]["recall@20"] for seed in SEEDS)
    assert row["here"].startswith(f"{mean:.4f} ±")
    assert row["published"] == "0.2500"
    assert row["difference"] == f"{mean - 0.25:+.4f} ({mean / 0.25 - 1:+.1%})"
    assert (row["source"], row["remark"]) == ("A, Table 1", "says it")


def test_published_files_name_models_and_metrics(script: Script) -> None:
    module = script("published")
    files = sorted(module.PUBLISHED.glob("*.toml"))
    assert {file.stem for file in files} == {"baby", "sports", "clothing", "electronics", "tiktok"}
    for file in files:
        for source, values, remarks in module.load_published(file.stem):
            assert source
            assert set(remarks) <= set(values)
            for model, numbers in values.items():
                assert set(numbers) <= {"recall@10", "recall@20", "ndcg@10", "ndcg@20"}
                assert all(0 < number < 0.2 for number in numbers.values()), model
                assert numbers["ndcg@20"] < numbers["recall@20"]
    baby = {source: values for source, values, _ in module.load_published("baby")}
    assert baby["CRANE (arXiv 2601.11151), Table 4"]["CRANE"]["recall@20"] == 0.1021
    assert baby["MambaRec (arXiv 2509.09114), Table 2"]["MambaRec"]["ndcg@20"] == 0.0454


def test_ranks_and_what_joins_models(done: Path, script: Script) -> None:
    figures = script("comparison_figures")
    comparison = script("comparison_results").load_comparisons(done)["tiny"]
    ranks = figures.mean_ranks(comparison)
    values = np.stack([user_values(done, model, "ndcg@20") for model in MODELS])
    expected = dict(zip(MODELS, rankdata(-values, axis=0).mean(axis=1), strict=True))
    assert ranks == pytest.approx(expected)
    assert list(ranks) == sorted(expected, key=lambda model: expected[model])

    class Tested:
        """Of a, b, c and d only a and d, and b and d, are shown to differ."""

        def pairs(self, metric: str) -> list[Any]:
            pair = script("comparison_results").Pair
            names = combinations("abcd", 2)
            return [
                pair(x, y, 0.1, 0.01, 0.01 if (x, y) in {("a", "d"), ("b", "d")} else 0.2, 9)
                for x, y in names
            ]

    assert figures.cliques(Tested(), list("abcd")) == [(0, 2), (2, 3)]
    assert figures.cliques(Tested(), list("ad")) == []


def test_the_report_can_be_written_from_its_own_copy(report: Path, script: Script, tmp_path: Path) -> None:
    module = script("report")
    load = script("comparison_results").load_comparisons
    module.write_reports(load(report / "raw"), tmp_path, ["VBPR"])
    names = sorted(path.name for path in report.glob("*.*"))
    assert names == sorted(path.name for path in (tmp_path / "tiny").glob("*.*"))
    tables = ("accuracy", "headline", "cost", "beyond", "users", "items", "search", "pairs", "notes")
    figures = ("cost", "convergence", "users", "items", "ranks")
    assert set(names) == {
        "report.md",
        *(f"{name}.csv" for name in tables),
        *(f"{name}.png" for name in figures),
    }
    for name in names:
        assert (tmp_path / "tiny" / name).read_bytes() == (report / name).read_bytes(), name
    module.write_reports(load(report), report.parent, ["VBPR"])  # over itself, from its own raw results
    assert len(list(report.glob("raw/*/given/seed-*/result.json"))) == len(MODELS) * len(SEEDS)


def test_two_results_of_the_same_run_are_an_error(done: Path, script: Script, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        source = done / "tiny" / "VBPR" / "given" / "seed-1" / "result.json"
        (tmp_path / folder / "result.json").write_text(source.read_text())
    with pytest.raises(ValueError, match="hold results of the same run"):
        script("comparison_results").load_comparisons(tmp_path)
