"""The benchmark of newcomers: what it holds out, and what it writes."""

import csv
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from pygmmrec.datasets import SyntheticMultimodal

MAIN = Path(__file__).parents[2] / "benchmarks" / "newcomers" / "main.py"


@pytest.fixture(scope="module")
def main() -> ModuleType:
    spec = importlib.util.spec_from_file_location("newcomers_main", MAIN)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_it_measures_users_and_items(main: ModuleType, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "new" / "newcomers.json"
    small = SyntheticMultimodal(num_users=120, num_items=260, seed=3)
    monkeypatch.setattr(main, "load_dataset", lambda *_: small)
    monkeypatch.setattr(sys, "argv", ["main.py", "--model", "LightGCN", "--epochs", "1", "--json", str(path)])
    main.main()
    report = json.loads(path.read_text())
    (row,) = report["rows"]
    assert report["environment"]["threads"] == report["threads"] == 1
    assert row["way"] == "sum"
    assert row["items"] == 26
    assert row["users"] <= 12
    assert row["users_zero_share"] == row["users_zero"] / row["users_trained"]
    assert all(0 <= row[key] <= 1 for key in ("users_zero", "users_mean", "items_zero", "items_popularity"))
    table = list(csv.DictReader(path.with_suffix(".csv").open()))
    assert [each["model"] for each in table] == ["LightGCN"]


def test_recall_and_who_is_held_out(main: ModuleType) -> None:
    score = torch.tensor([[3.0, 2.0, 1.0, 0.0], [0.0, 1.0, 2.0, 3.0]])
    wanted = torch.tensor([[1, 0, 0, 1], [0, 0, 1, 1]])
    assert main.recall(score, wanted, 2).tolist() == [0.5, 1.0]
    out, stay = main.drawn(20, 0.1, 0)
    assert len(out) == 2
    assert sorted([*out.tolist(), *stay.tolist()]) == list(range(20))
    assert main.settings_of("CRANE", "lfm2k")["model"]["num_ui_layers"] == 2
    assert main.settings_of("FREEDOM", "lfm2k")["training"] == main.SETTINGS["training"]
