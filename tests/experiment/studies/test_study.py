"""The studies: they resume, and their tables say what the result files say."""

import csv
import json
import runpy
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import ttest_rel

import pygmmrec.models
from pygmmrec.training import load_per_user

FOLDER = Path(__file__).parents[2] / "benchmarks" / "accuracy"
SEEDS = (1, 2)
DIMS = {"image": 16, "text": 12}
FOLDERS = {
    "full model": "full",
    "without MMD": "mmd_weight=0",
    "without InfoNCE": "cl_weight=0",
    "image only": "modality_dims=image",
    "text only": "modality_dims=text",
    "LightGCN": "LightGCN",
}
"""The rows of a small study, and where they lie."""


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def result(root: Path, name: str, seed: int) -> dict:
    return json.loads((root / name / f"seed-{seed}" / "result.json").read_text())


@pytest.fixture(scope="module")
def modules(script: Callable[[str], ModuleType]) -> dict[str, ModuleType]:
    """The files around the studies."""
    names = ("crane_cost", "crane_parts", "mambarec_parts", "significance", "study", "study_figures")
    return {name: script(name) for name in (*names, "study_parts", "study_report", "study_results")}


@pytest.fixture(scope="module")
def data(tiny: Path) -> Path:
    return tiny


@pytest.fixture(scope="module")
def plan(modules: dict[str, ModuleType]) -> object:
    """A study of few runs with a part of each kind that is trained."""
    parts = modules["study_parts"]
    ablation = modules["mambarec_parts"].ABLATION

    def rows(base: dict) -> tuple:
        return (ablation[0], *ablation[2:4], *parts.single_modalities(base), parts.LIGHT_GCN)

    small = {"mmd_weight": (0.1, 0.15), "reduction": (2, 8)}
    return parts.Plan(
        "MambaRec",
        {
            "ablation": parts.Part("bars", rows),
            "alignment": parts.Part("heat map", axes=small),
            "contrast": parts.Part("line", axes={"cl_weight": (0.01, 0.1)}),
            "reduction": parts.Part("size", axes={"reduction": (2, 8)}),
            "convergence": parts.CONVERGENCE,
            "two seeds": parts.Part("heat map", axes={"mmd_weight": (0, 0.15), "reduction": (8,)}),
            "undone": parts.Part("heat map", axes={"mmd_weight": (0, 0.15), "reduction": (4, 8)}),
        },
    )


def run(modules: dict[str, ModuleType], plan: object, data: Path, output: Path, *more: object) -> None:
    study = modules["study"]
    arguments = ["--dataset", "folder", "--root", data, "--output", output, "--epochs", 1, *more]
    study.run_study(plan, study.arguments(plan, "").parse_args([*map(str, arguments)]))


@pytest.fixture(scope="module")
def done(
    modules: dict[str, ModuleType],
    plan: object,
    data: Path,
    tmp_path_factory: pytest.TempPathFactory,
    without_curves: None,
) -> Path:
    """The folder of the small study."""
    output = tmp_path_factory.mktemp("study") / "runs"
    names = ("ablation", "alignment", "contrast", "reduction")
    run(modules, plan, data, output, "--parts", *names, "--seeds", *SEEDS)
    return output


def test_the_csv_says_what_the_result_files_say(done: Path) -> None:
    rows = read(done / "report" / "ablation.csv")
    assert [row["variant"] for row in rows] == list(FOLDERS)
    for row in rows:
        runs = [result(done, FOLDERS[row["variant"]], seed) for seed in SEEDS]
        full = [result(done, "full", seed) for seed in SEEDS]
        for metric in ("recall@20", "ndcg@20"):
            values = [run["test"][metric] for run in runs]
            assert row[f"test {metric}"] == f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
            gain = statistics.mean(values) / statistics.mean(run["test"][metric] for run in full) - 1
            assert row[f"{metric} to full"] == ("" if row["variant"] == "full model" else f"{gain:+.1%}")
        valid = [run["valid"]["recall@20"] for run in runs]
        assert row["valid recall@20"] == f"{statistics.mean(valid):.4f} ± {statistics.stdev(valid):.4f}"
        assert (row["best epoch"], row["seeds"]) == ("1", "1 2")
    changed = [result(done, name, 1)["config"]["model"] for name in ("full", "mmd_weight=0")]
    assert {key for key in changed[0] if changed[0][key] != changed[1][key]} == {"mmd_weight"}


def test_one_modality_alone_is_neither_aligned_nor_contrasted(done: Path) -> None:
    for name, terms in (("full", {"mmd", "cl_modality"}), ("modality_dims=image", set())):
        (entry,) = result(done, name, 1)["history"]
        assert entry["loss"].keys() == {"bpr", "l2", *terms}


def test_p_values_are_those_of_scipy_with_holms_correction(done: Path) -> None:
    rows = read(done / "report" / "ablation.csv")
    for metric in ("recall@20", "ndcg@20"):

        def mean(name: str, metric: str = metric) -> np.ndarray:
            files = [done / name / f"seed-{seed}" / "test_per_user.npz" for seed in SEEDS]
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


def test_holm(modules: dict[str, ModuleType]) -> None:
    holm = modules["significance"].holm
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_cells_of_the_heat_map(done: Path, plan: object, modules: dict[str, ModuleType]) -> None:
    results = modules["study_results"].Results(done)
    grid = modules["study_figures"].cells(results, plan.parts["alignment"])
    assert grid.shape == (2, 2)
    assert grid[0, 0] == result(done, "mmd_weight=0.1,reduction=2", 1)["valid"]["recall@20"]
    assert grid[0, 1] == result(done, "mmd_weight=0.1", 1)["valid"]["recall@20"]
    # This is the full model, whose second seed the other cells lack.
    assert grid[1, 1] == result(done, "full", 1)["valid"]["recall@20"]
    rows = read(done / "report" / "alignment.csv")
    assert [float(row["valid recall@20"]) for row in rows] == pytest.approx(grid.ravel(), abs=5e-5)
    assert {row["seeds"] for row in rows} == {"1"}
    two = modules["study_figures"].cells(results, plan.parts["two seeds"])
    both = [result(done, "mmd_weight=0", seed)["valid"]["recall@20"] for seed in SEEDS]
    assert two[0, 0] == statistics.mean(both)


def test_parameters_of_each_size(done: Path) -> None:
    rows = read(done / "report" / "reduction.csv")
    assert [row["reduction"] for row in rows] == ["2", "8"]
    for row, name in zip(rows, ("reduction=2", "full"), strict=True):
        config = result(done, name, 1)["config"]["model"]
        model = pygmmrec.models.MambaRec(**config)
        assert int(row["parameters"]) == sum(weight.numel() for weight in model.parameters())
    assert int(rows[0]["parameters"]) > int(rows[1]["parameters"])


def test_a_line_over_one_setting(done: Path) -> None:
    rows = read(done / "report" / "contrast.csv")
    assert [row["cl_weight"] for row in rows] == ["0.01", "0.1"]
    valid = [result(done, name, 1)["valid"]["recall@20"] for name in ("full", "cl_weight=0.1")]
    assert [row["valid recall@20"] for row in rows] == [f"{value:.4f}" for value in valid]


def test_the_report_can_be_written_from_its_own_copy(
    done: Path, plan: object, tmp_path: Path, modules: dict[str, ModuleType]
) -> None:
    first = done / "report"
    modules["study_report"].write_report(plan, first / "raw", tmp_path)
    files = sorted(path.name for path in tmp_path.glob("*.*"))
    parts = ("ablation", "alignment", "contrast", "reduction", "convergence", "two seeds")  # not "undone"
    assert files == sorted(["notes.csv", *(f"{part}.{end}" for part in parts for end in ("csv", "png"))])
    for name in files:
        assert (tmp_path / name).read_bytes() == (first / name).read_bytes()
    notes = {row["what"]: row["is"] for row in read(first / "notes.csv")}
    assert notes["seeds"] == "1, 2"
    assert notes["command"].startswith("``")
    text = (first / "raw" / "full" / "seed-1" / "result.json").read_text()
    whole, short = result(done, "full", 1), json.loads(text)
    assert short.keys() == whole.keys()
    assert {key for key in whole if short[key] != whole[key]} == {"history"}
    assert set(short["history"][0]["valid"]) == {"recall@20", "ndcg@20"}
    assert len(json.dumps(short["history"])) < 300  # bytes per epoch: 300 of them stay below 100 kB


def test_a_study_resumes(done: Path, data: Path) -> None:
    kept = done / "full" / "seed-1" / "result.json"
    lost = done / "LightGCN" / "seed-2" / "result.json"
    before, old = kept.stat().st_mtime_ns, json.loads(lost.read_text())
    lost.unlink()
    command = [sys.executable, FOLDER / "mambarec_study.py", "--parts", "convergence", "--seeds", *SEEDS]
    command += ["--epochs", 1, "--jobs", 2, "--dataset", "folder", "--root", data, "--output", done]
    made = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    assert "3 of 4 runs have their result" in made.stderr
    assert "LightGCN/seed-2: valid recall@20" in made.stderr
    assert "epoch" in (done / "LightGCN" / "seed-2" / "log.txt").read_text()  # a process of its own
    assert kept.stat().st_mtime_ns == before
    new = json.loads(lost.read_text())
    assert (new["test"], new["history"]) == (old["test"], old["history"])


def test_another_setting_is_not_taken_for_a_result(
    done: Path, plan: object, data: Path, modules: dict[str, ModuleType]
) -> None:
    with pytest.raises(ValueError, match="of other settings"):
        run(modules, plan, data, done, "--parts", "convergence", "--seeds", 1, "--epochs", 2)


def test_the_command_of_crane(
    modules: dict[str, ModuleType], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["crane_study.py", "--parts", "convergence", "--seeds", 1, "--epochs", 1]
    command += ["--dataset", "folder", "--root", data, "--output", tmp_path]
    monkeypatch.setattr(sys, "argv", [*map(str, command)])
    runpy.run_path(str(FOLDER / "crane_study.py"), run_name="__main__")
    rows = read(tmp_path / "report" / "convergence.csv")
    assert [row["variant"] for row in rows] == ["full model", "LightGCN"]
    assert result(tmp_path, "full", 1)["model"] == "CRANE"
    assert not (tmp_path / "cost").exists()


@pytest.mark.parametrize("variant", ["CRANE", "MambaRec", "MambaRec released"])
def test_every_variant_builds_and_differs_by_what_it_says(
    variant: str, modules: dict[str, ModuleType]
) -> None:
    model, _, form = variant.partition(" ")
    parts, cls = modules["study_parts"], getattr(pygmmrec.models, model)
    base = cls(6, 7, DIMS, **({"variant": form} if form else {})).config
    for part in modules["study_report"].PLANS[model].parts.values():
        variants = part.variants(base)
        folders = [parts.folder(each, base) for each in variants]
        assert len(set(folders)) == len(folders)
        for each, name in zip(variants, folders, strict=True):
            if each.model is None:
                config = cls(**{**base, **each.changes}).config
                differ = {key for key in base if config[key] != base[key]}
                assert differ == {key for key, value in each.changes.items() if base[key] != value}
                assert (name == "full") == (not differ)


def test_folders_are_named_by_what_differs(modules: dict[str, ModuleType]) -> None:
    parts, plans = modules["study_parts"], modules["study_report"].PLANS

    def folders(model: str, part: str, **changes: object) -> list[str]:
        base = getattr(pygmmrec.models, model)(6, 7, DIMS, **changes).config
        return [parts.folder(variant, base) for variant in plans[model].parts[part].variants(base)]

    single = ["modality_dims=image", "modality_dims=text"]
    assert folders("CRANE", "ablation") == [
        "full",
        "num_ii_layers=0",
        "num_rounds=1",
        "num_rounds=0",
        "num_ui_layers=0",
        "cl_weight=0",
        "late_fusion=True",
        "LightGCN",
    ]
    assert folders("CRANE", "fusion") == [*single, "full", "fusion=sum", "fusion=average"]
    assert folders("CRANE", "aggregation") == [
        "full",
        *(f"profile_aggr={aggr}" for aggr in ("mean", "max", "attention")),
    ]
    assert folders("CRANE", "convergence") == ["full", "LightGCN"]
    assert len(folders("CRANE", "rounds", k=10)) == 16
    assert {"num_rounds=1", "k=5", "num_rounds=4,k=20", "full"} <= set(folders("CRANE", "rounds", k=10))

    alone = ["local_alignment=False", "mmd_weight=0", "cl_weight=0", "mmd_weight=0,cl_weight=0", *single]
    assert folders("MambaRec", "ablation") == ["full", *alone, "contrast=behaviour", "LightGCN"]
    assert folders("MambaRec", "ablation", contrast="behaviour")[-2:] == ["contrast=modality", "LightGCN"]
    assert folders("MambaRec", "contrast") == [
        "full" if weight == 0.01 else f"cl_weight={weight}" for weight in (0.001, 0.005, 0.01, 0.05, 0.1)
    ]
    assert folders("MambaRec", "reduction") == ["reduction=2", "reduction=4", "full", "reduction=16"]
    assert len(folders("MambaRec", "alignment")) == 20
    assert {"mmd_weight=0.05", "mmd_weight=0.25,reduction=16"} < set(folders("MambaRec", "alignment"))


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
