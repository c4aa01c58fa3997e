"""The run on Gowalla, on a tiny graph: its curve is that of `evaluate`, and it goes on where it stopped."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from pygmmrec.evaluation import evaluate
from pygmmrec.models import LightGCN
from pygmmrec.typing import INTERACTS, TEST, VALID

Script = Callable[[str], ModuleType]
Start = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 users, 40 items of which the last has no edge; user 29 has no test pair."""
    rng = np.random.default_rng(0)
    train, test = [], []
    for user in range(30):
        items = rng.permutation(39)[:9]
        train += [(user, item) for item in items[:6]]
        test += [(user, item) for item in items[6:] if user < 29]
    path = tmp_path_factory.mktemp("gowalla") / "graphs" / "gowalla.npz"
    path.parent.mkdir()
    parts = {name: np.array(pairs, dtype=np.int32).T for name, pairs in (("train", train), ("test", test))}
    np.savez(path, **parts, num_users=30, num_items=40)
    return path


@pytest.fixture
def start(script: Script, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """The command, in a folder of its own; returns what curve.json holds."""
    gowalla = script("gowalla")
    monkeypatch.setenv("PYGMMREC_DATA", str(file.parents[1]))

    def run(epochs: int, *more: str, state: str = "state.pt") -> dict[str, Any]:
        paths = ["--state", str(tmp_path / state), "--output", str(tmp_path / "out"), "--device", "cpu"]
        monkeypatch.setattr(sys, "argv", ["gowalla.py", "--epochs", str(epochs), *paths, *more])
        gowalla.main()
        return json.loads((tmp_path / "out" / "curve.json").read_text())

    return run


def numbers(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The curve without its times."""
    return [{name: value for name, value in point.items() if name != "seconds"} for point in report["curve"]]


def test_the_graph_is_that_of_the_file_and_has_no_validation_pairs(script: Script, file: Path) -> None:
    data, arrays = script("gowalla").load(file), np.load(file)
    assert (data["user"].num_nodes, data["item"].num_nodes) == (30, 40)
    assert data[INTERACTS][VALID].shape == (2, 0)
    found = (data[INTERACTS].edge_index, data[INTERACTS][TEST])
    for pairs, name in zip(found, ("train", "test"), strict=True):
        assert set(map(tuple, pairs.t().tolist())) == set(map(tuple, arrays[name].T.tolist()))
        assert pairs.size(1) == arrays[name].shape[1]


def test_points_every_few_epochs_and_at_the_end_with_the_settings_that_are_published(start: Start) -> None:
    report = start(30, "--every", "12")
    assert [point["epoch"] for point in report["curve"]] == [12, 24, 30]
    assert (report["epochs"], report["every"]) == (30, 12)
    settings, model = report["settings"], report["settings"]["model"]
    assert (model["num_layers"], model["embedding_dim"], model["reg_weight"]) == (3, 64, 1e-4)
    assert (settings["lr"], settings["batch_size"], settings["seed"]) == (1e-3, 2048, 0)
    assert report["environments"][0]["command"].startswith("gowalla.py --epochs 30")
    seconds = [point["seconds"] for point in report["curve"]]
    assert 0 < seconds[0] < seconds[1] < seconds[2]
    bpr = [point["loss"]["bpr"] for point in report["curve"]]
    assert 0 < bpr[2] < bpr[0]


def test_the_last_point_is_the_test_score_of_the_last_weights(
    start: Start, script: Script, file: Path, tmp_path: Path
) -> None:
    point = start(4, "--every", "3")["curve"][-1]
    data = LightGCN.pre_transform()(script("gowalla").load(file))
    model = LightGCN.from_data(data)
    model.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True)["model"])
    scores = evaluate(model, data, split="test", ks=(20,), metrics=("recall", "ndcg"))
    assert {name: point[name] for name in scores} == pytest.approx(scores, abs=1e-12)
    assert point["epoch"] == 4


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(start: Start, tmp_path: Path) -> None:
    whole = start(4, "--every", "1")
    start(2, "--every", "1", state="other.pt")
    parts = start(4, "--every", "1", state="other.pt")
    assert numbers(parts) == numbers(whole)
    assert [each["command"].split()[2] for each in parts["environments"]] == ["2", "4"]
    assert parts["curve"][-1]["seconds"] > parts["curve"][1]["seconds"]
    (tmp_path / "out" / "curve.json").unlink()
    assert numbers(start(4, "--every", "1", state="other.pt")) == numbers(whole)  # nothing left to train


def test_another_seed_is_another_run(start: Start) -> None:
    one = start(1, "--every", "1")
    with pytest.raises(ValueError, match="is of other settings"):
        start(2, "--seed", "1")
    assert numbers(one) != numbers(start(1, "--seed", "1", state="other.pt"))


def test_numbers_of_epochs_are_positive(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        start(5, "--every", "0")
    assert "--epochs and --every need to be at least 1" in capsys.readouterr().err


def test_table_and_figure_set_the_last_point_against_what_is_published(start: Start, tmp_path: Path) -> None:
    last = start(2, "--every", "1")["curve"][-1]
    header, here, published = (tmp_path / "out" / "curve.csv").read_text().splitlines()
    assert header == "run,epochs,test recall@20,test ndcg@20,hours of training"
    scores = f"{last['recall@20']:.4f},{last['ndcg@20']:.4f}"
    assert here == f'"here: 2 of the 2 epochs that were planned, on cpu",2,{scores},0.0'
    assert published == "published,1000,0.1823 to 0.1830,0.1553 to 0.1554,"
    assert (tmp_path / "out" / "curve.png").read_bytes()[:4] == b"\x89PNG"
    assert not list((tmp_path / "out").glob(".*"))
