"""The comparison: budgets are equal, validation chooses, it resumes, and models and data are anybody's."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.experiment import Budget, Protocol, compare, preset, space
from pygmmrec.experiment.settings.model_class import model_class
from pygmmrec.experiment.settings.preset import as_preset
from pygmmrec.models import LightGCN
from pygmmrec.typing import INTERACTS

MODELS = ("BPRMF", "VBPR", "LightGCN")
SEEDS = (1, 2)
TRIALS = 4
OPTIONS: dict[str, Any] = {
    "trials": TRIALS,
    "budget": Budget(epochs=2),
    "epochs": 3,
    "seeds": SEEDS,
    "device": "cpu",
    "headline": ["VBPR"],
}
"""Of the comparison in conftest.py."""

Read = Callable[[str], list[dict[str, Any]]]
Result = Callable[[str, int], dict[str, Any]]


class Mine(LightGCN):
    """A user's own."""


@pytest.mark.parametrize("model", MODELS)
def test_budgets_are_equal_and_validation_chooses(
    model: str, done: Path, lines: Read, result: Result
) -> None:
    trials = lines(model)
    assert [trial["number"] for trial in trials] == list(range(TRIALS))
    assert all(trial["epochs"] <= 2 and trial["search"]["budget"]["epochs"] == 2 for trial in trials)
    start = as_preset({})  # there is none for this data
    assert trials[0]["settings"] == start | trials[0]["settings"]
    assert trials[0]["params"] == space(model).params(model_class(model), start)
    params = [json.dumps(trial["params"], sort_keys=True) for trial in trials]
    assert len(set(params)) == TRIALS
    assert all(trial["value"] == trial["valid"]["recall@20"] for trial in trials)
    best = max(trials, key=lambda trial: (trial["value"], -trial["number"]))
    chosen = json.loads((done / "tiny" / model / "chosen.json").read_text())
    assert (chosen["number"], chosen["value"], chosen["trials"]) == (best["number"], best["value"], TRIALS)
    for seed in SEEDS:
        config = result(model, seed)["config"]
        assert best["settings"]["model"].items() <= config["model"].items()
        assert config["training"]["lr"] == best["settings"]["training"]["lr"]
        assert config["training"]["epochs"] == 3


def test_the_test_set_is_scored_once_per_run_and_never_by_a_trial(done: Path, seen: list[str]) -> None:
    assert seen.count("test") == len(MODELS) * len(SEEDS)


@pytest.fixture
def kept(done: Path) -> Iterator[Path]:
    """A result that is there and stays as it is."""
    path = done / "tiny" / "VBPR" / "given" / "seed-1" / "result.json"
    before = path.stat().st_mtime_ns
    yield path
    assert path.stat().st_mtime_ns == before


def test_what_is_there_is_not_done_again(
    done: Path, protocol: Protocol, kept: Path, no_training: list[Any]
) -> None:
    lost = done / "tiny" / "VBPR" / "given" / "seed-2"
    old = json.loads((lost / "result.json").read_text())
    (lost / "result.json").unlink()
    (lost / "state.pt").unlink()
    table = compare(MODELS, protocol, output=done, **OPTIONS)
    assert table.attrs["failed"] == {}
    assert no_training == []
    new = json.loads((lost / "result.json").read_text())
    assert new["test"] == old["test"]


def test_other_settings_in_the_same_folder_are_an_error(done: Path, protocol: Protocol, kept: Path) -> None:
    with pytest.raises(ValueError, match="of another budget: choose another 'storage' or 'output'"):
        compare(MODELS, protocol, output=done, **{**OPTIONS, "budget": Budget(1)})
    with pytest.raises(ValueError, match="holds a result of other settings"):
        compare(MODELS, protocol, output=done, **{**OPTIONS, "epochs": 2})


def test_another_graph_of_the_same_name_is_an_error(done: Path, graph: HeteroData, kept: Path) -> None:
    other = graph.clone()
    other[INTERACTS].edge_index = other[INTERACTS].edge_index[:, 1:]
    with pytest.raises(ValueError, match="'data' needs to be the graph of"):
        compare(MODELS, {"tiny": other}, output=done, **OPTIONS)


def test_models_and_data_of_ones_own(graph: HeteroData, tmp_path: Path) -> None:
    def run(**changes: Any) -> Any:
        return compare(
            [Mine, "BPRMF"],
            graph,
            trials=2,
            seeds=(1,),
            epochs=1,
            device="cpu",
            output=tmp_path,
            preset={"Mine": {"model": {"embedding_dim": 8}}},
            space={"Mine": {"model": {"num_layers": {"int": [1, 2]}}}},
            **changes,
        )

    table = run()
    assert set(table.index) == {"Mine", "BPRMF"}
    assert table.attrs["failed"] == {}
    (row,) = [json.loads(path.read_text()) for path in tmp_path.glob("data/Mine/given/*/result.json")]
    assert table.loc["Mine", "test recall@20"] == row["test"]["recall@20"]
    assert table.loc["Mine", "parameters"] == row["num_parameters"] == 90 * 8
    assert row["config"]["model"]["num_layers"] in (1, 2)
    assert (tmp_path / "report" / "data" / "report.md").is_file()
    assert (tmp_path / "search.db").is_file()
    with joblib.parallel_config(backend="threading", n_jobs=2):  # which finds nothing to do
        again = run()
    assert again.equals(table)


def test_several_graphs_have_a_row_for_each_model(graph: HeteroData, tmp_path: Path) -> None:
    with joblib.parallel_config(backend="threading", n_jobs=2):
        table = compare(
            ["BPRMF"], {"a": graph, "b": graph}, seeds=(1, 2), epochs=1, device="cpu", output=tmp_path
        )
    assert list(table.index) == [("a", "BPRMF"), ("b", "BPRMF")]
    assert list(table["runs"]) == [2, 2]


def test_one_model_that_fails_leaves_the_others_alone(graph: HeteroData, tmp_path: Path) -> None:
    wrong = {"VBPR": {"model": {"embedding_dim": -1}}, "LightGCN": {"model": {"nothing": 1}}}
    options: dict[str, Any] = {
        "seeds": (1,),
        "epochs": 1,
        "device": "cpu",
        "output": tmp_path,
        "preset": wrong,
    }
    table = compare(MODELS, graph, trials=1, **options)
    assert list(table.index) == ["BPRMF"]
    failed = table.attrs["failed"]
    assert set(failed) == {"data VBPR", "data LightGCN"}
    assert failed["data VBPR"].startswith("None of 1 trials has a value: ValueError")
    assert failed["data LightGCN"].startswith("TypeError")
    assert (tmp_path / "data" / "LightGCN" / "logs" / "trial-0.txt").is_file()
    assert set(compare(MODELS, graph, trials=1, **options).attrs["failed"]) == set(failed)


def test_what_makes_no_comparison(graph: HeteroData, tmp_path: Path) -> None:
    for changes, message in (
        ({"seeds": (0, 1), "trials": 2}, "'seeds' needs to be without 0"),
        ({"seeds": ()}, "'seeds' needs to be at least one"),
        ({"trials": -1}, "'trials' needs to be at least 0"),
        ({"report": tmp_path / "other"}, "'report' needs to be outside of"),
    ):
        with pytest.raises(ValueError, match=message):
            compare(["BPRMF"], graph, output=tmp_path, **changes)
    for models in ([], ["BPRMF", "BPRMF"]):
        with pytest.raises(ValueError, match="'models' needs to be models of different names"):
            compare(models, graph, output=tmp_path)


def test_importing_the_room_loads_none_of_its_extra() -> None:
    extra = "{'optuna', 'matplotlib', 'pandas', 'joblib'}"
    code = f"import sys, pygmmrec.experiment; print(*{extra} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""


def test_what_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import pygmmrec.experiment as room

    def missing(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'optuna'", name="optuna")

    monkeypatch.setattr(room, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pygmmrec\[experiment\]'"):
        _ = room.compare
    with pytest.raises(AttributeError, match="nothing"):
        _ = room.nothing
    assert "compare" in dir(room)


def test_presets_are_taken_by_the_name_of_the_data(graph: HeteroData, tmp_path: Path) -> None:
    torch.manual_seed(0)
    table = compare(["BPRMF"], {"tiktok": graph}, seeds=(1,), epochs=1, device="cpu", output=tmp_path)
    (path,) = tmp_path.glob("tiktok/BPRMF/given/seed-1/result.json")
    config = json.loads(path.read_text())["config"]
    assert config["training"]["lr"] == preset("BPRMF", "tiktok")["training"]["lr"]
    assert table.loc["BPRMF", "runs"] == 1
