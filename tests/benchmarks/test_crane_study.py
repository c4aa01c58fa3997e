"""The CRANE study: it resumes, and its tables say what the result files say."""

import csv
import importlib
import json
import statistics
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import ttest_rel

from pygmmrec.training import load_per_user

FOLDER = Path(__file__).parents[2] / "benchmarks" / "accuracy"
STUDY, REPORT = FOLDER / "crane_study.py", FOLDER / "crane_report.py"
SEEDS = (1, 2)


def call(script: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *map(str, arguments)], capture_output=True, text=True, timeout=300
    )


def study(output: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return call(
        STUDY, "--dataset", "folder", "--root", output / "data", "--output", output / "runs", *arguments
    )


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def result(root: Path, name: str, seed: int) -> dict:
    return json.loads((root / name / f"seed-{seed}" / "result.json").read_text())


@pytest.fixture(scope="module")
def modules() -> dict[str, ModuleType]:
    """The files around the study, which import each other as scripts do."""
    before = list(sys.path)
    sys.path.insert(0, str(FOLDER))
    try:
        names = ("crane_cost", "crane_figures", "crane_parts", "crane_report", "crane_results")
        return {name: importlib.import_module(name) for name in names}
    finally:
        sys.path[:] = before


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of ablations and layers on a tiny folder of files."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "data").mkdir()
    rng = np.random.default_rng(0)
    lines = ["userID\titemID\tx_label"]
    for user in range(40):
        for item, label in zip(rng.permutation(50)[:8], (0, 0, 0, 0, 0, 0, 1, 2), strict=True):
            lines.append(f"{user}\t{item}\t{label}")
    (folder / "data" / "tiny.inter").write_text("\n".join(lines) + "\n")
    for name, size in (("image", 6), ("text", 5)):
        np.save(folder / "data" / f"{name}_feat.npy", rng.normal(size=(50, size)).astype(np.float32))
    made = study(folder, "--parts", "ablation", "layers", "--seeds", *SEEDS, "--epochs", 1)
    assert made.returncode == 0, made.stderr
    assert "0 of 27 runs have their result" in made.stderr
    return folder


def test_the_csv_says_what_the_result_files_say(done: Path) -> None:
    rows = read(done / "runs" / "report" / "ablation.csv")
    folders = {
        "full model": "full",
        "without item graph": "num_ii_layers=0",
        "one round": "num_rounds=1",
        "without attention": "num_rounds=0",
        "without GCN": "num_ui_layers=0",
        "without contrast": "cl_weight=0",
        "without dual fusion": "late_fusion=True",
        "LightGCN": "LightGCN",
    }
    assert [row["variant"] for row in rows] == list(folders)
    for row in rows:
        runs = [result(done / "runs", folders[row["variant"]], seed) for seed in SEEDS]
        full = [result(done / "runs", "full", seed) for seed in SEEDS]
        for metric in ("recall@20", "ndcg@20"):
            values = [run["test"][metric] for run in runs]
            assert row[f"test {metric}"] == f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
            gain = statistics.mean(values) / statistics.mean(run["test"][metric] for run in full) - 1
            assert row[f"{metric} to full"] == ("" if row["variant"] == "full model" else f"{gain:+.1%}")
        valid = [run["valid"]["recall@20"] for run in runs]
        assert row["valid recall@20"] == f"{statistics.mean(valid):.4f} ± {statistics.stdev(valid):.4f}"
        assert (row["best epoch"], row["seeds"]) == ("1", "1 2")
    changed = [result(done / "runs", name, 1)["config"]["model"] for name in ("full", "late_fusion=True")]
    assert {key for key in changed[0] if changed[0][key] != changed[1][key]} == {"late_fusion"}


def test_p_values_are_those_of_scipy_with_holms_correction(done: Path) -> None:
    rows = read(done / "runs" / "report" / "ablation.csv")
    names = ["num_ii_layers=0", "num_rounds=1", "num_rounds=0", "num_ui_layers=0", "cl_weight=0"]
    names += ["late_fusion=True", "LightGCN"]
    for metric in ("recall@20", "ndcg@20"):

        def mean(name: str, metric: str = metric) -> np.ndarray:
            files = [done / "runs" / name / f"seed-{seed}" / "test_per_user.npz" for seed in SEEDS]
            return np.mean([load_per_user(file)[1][metric].astype(float) for file in files], axis=0)

        raw = [ttest_rel(mean(name), mean("full")).pvalue for name in names]
        corrected, highest = {}, 0.0
        for place, i in enumerate(sorted(range(len(raw)), key=lambda i: raw[i])):
            highest = max(highest, raw[i] * (len(raw) - place))
            corrected[i] = min(1.0, highest)
        assert [row[f"p {metric}"] for row in rows[1:]] == [f"{corrected[i]:.2g}" for i in range(len(raw))]
        assert rows[0][f"p {metric}"] == ""


def test_holm(modules: dict[str, ModuleType]) -> None:
    holm = modules["crane_results"].holm
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_cells_of_the_heat_map(done: Path, modules: dict[str, ModuleType]) -> None:
    results = modules["crane_results"].Results(done / "runs")
    grid = modules["crane_figures"].cells(results, "layers")
    assert grid.shape == (4, 3)
    runs = done / "runs"
    assert grid[0, 1] == result(runs, "num_ui_layers=1,num_ii_layers=2", 1)["valid"]["recall@20"]
    assert grid[1, 2] == result(runs, "num_ii_layers=3", 1)["valid"]["recall@20"]
    # Two and one layers are the full model, whose second seed the other cells lack.
    assert grid[1, 0] == result(runs, "full", 1)["valid"]["recall@20"]
    rows = read(runs / "report" / "layers.csv")
    assert [float(row["valid recall@20"]) for row in rows] == pytest.approx(grid.ravel(), abs=5e-5)
    assert {row["seeds"] for row in rows} == {"1"}
    rounds = modules["crane_figures"].cells(results, "rounds")
    assert np.isfinite(rounds).sum() == 2  # three rounds and one, at k = 15, with both seeds
    both = [result(runs, "num_rounds=1", seed)["valid"]["recall@20"] for seed in SEEDS]
    assert rounds[0, 2] == statistics.mean(both)


def test_the_report_can_be_written_from_its_own_copy(
    done: Path, tmp_path: Path, modules: dict[str, ModuleType]
) -> None:
    first = done / "runs" / "report"
    modules["crane_report"].write_report(first / "raw", tmp_path)
    files = sorted(path.name for path in tmp_path.glob("*.*"))
    assert {"ablation.csv", "ablation.png", "layers.csv", "layers.png", "convergence.png"} <= set(files)
    for name in files:
        assert (tmp_path / name).read_bytes() == (first / name).read_bytes()
    text = (first / "raw" / "full" / "seed-1" / "result.json").read_text()
    whole, short = result(done / "runs", "full", 1), json.loads(text)
    assert list(short) == list(whole)
    assert {key for key in whole if short[key] != whole[key]} == {"history"}
    assert set(short["history"][0]["valid"]) == {"recall@20", "ndcg@20"}
    assert len(json.dumps(short["history"])) < 300  # bytes per epoch: 300 of them stay below 100 kB


def test_a_study_resumes(done: Path) -> None:
    kept = done / "runs" / "full" / "seed-1" / "result.json"
    lost = done / "runs" / "cl_weight=0" / "seed-2" / "result.json"
    before, old = kept.stat().st_mtime_ns, json.loads(lost.read_text())
    lost.unlink()
    again = study(done, "--parts", "ablation", "--seeds", *SEEDS, "--jobs", 2, "--epochs", 1)
    assert again.returncode == 0, again.stderr
    assert "15 of 16 runs have their result" in again.stderr
    assert "cl_weight=0/seed-2: valid recall@20" in again.stderr
    assert kept.stat().st_mtime_ns == before
    new = json.loads(lost.read_text())
    assert (new["test"], new["history"]) == (old["test"], old["history"])


def test_folders_are_named_by_what_differs(modules: dict[str, ModuleType]) -> None:
    parts = modules["crane_parts"]
    dims = {"image": 6, "text": 5}
    base = {"fusion": "concat", "profile_aggr": "sum", "num_rounds": 3, "k": 10, "modality_dims": dims}

    def folders(part: str) -> list[str]:
        return [parts.folder(variant, base) for variant in parts.variants(part, dims)]

    assert folders("fusion") == [
        "modality_dims=image",
        "modality_dims=text",
        "full",
        "fusion=sum",
        "fusion=average",
    ]
    assert folders("aggregation") == [
        "full",
        *(f"profile_aggr={aggr}" for aggr in ("mean", "max", "attention")),
    ]
    assert folders("convergence") == ["full", "LightGCN"]
    assert len(folders("rounds")) == 16
    assert {"num_rounds=1", "k=5", "num_rounds=4,k=20", "full"} <= set(folders("rounds"))


@pytest.mark.parametrize("form", ["entity", "feature", "bucket", "LightGCN"])
def test_cost_of_an_epoch(form: str, tmp_path: Path, modules: dict[str, ModuleType]) -> None:
    cost = modules["crane_cost"]
    model = {"modality_dims": {"image": 6, "text": 5}, "embedding_dim": 8, "num_ui_layers": 2, "k": 3}
    settings = {"model": model, "batch_size": 64, "device": "cpu"}
    path = cost.cost_file(tmp_path, form, 120)
    assert not cost.is_measured(path, settings)
    cost.measure_cost(form, 120, path, settings)
    report = json.loads(path.read_text())
    assert (report["form"], report["entities"], report["edges"]) == (form, 120, 60 * 6)
    assert report["seconds"] > 0
    assert cost.is_measured(path, settings)
    with pytest.raises(ValueError, match="of other settings"):
        cost.is_measured(path, {**settings, "batch_size": 32})
