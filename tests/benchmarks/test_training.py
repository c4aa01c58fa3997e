"""The benchmark of whole steps: phases that add up, for models of all kinds."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = Path(__file__).parents[2] / "benchmarks" / "training" / "main.py"
PHASES = ("graph", "refresh", "sampling", "loss", "backward", "optimiser")


def call(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(MAIN), "--epochs", "2", "--threads", "1", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_phases_add_up_to_an_epoch(tmp_path: Path) -> None:
    path = tmp_path / "new" / "training.json"
    done = call("--model", "LightGCN", "CRANE", "--set", "num_ui_layers=1", "--json", str(path))
    assert done.returncode != 0
    assert "num_ui_layers" in done.stderr  # LightGCN has none: a setting is never left out in silence
    done = call("--model", "LightGCN", "CRANE", "--set", "embedding_dim=8", "--json", str(path))
    assert done.returncode == 0, done.stderr
    report = json.loads(path.read_text())
    assert report["environment"]["threads"] == 1
    assert [row["model"] for row in report["rows"]] == ["LightGCN", "CRANE"]
    for row in report["rows"]:
        assert row["changed"] == "embedding_dim=8"
        assert row["steps"] >= 1
        assert row["evaluation"] > 0
        assert all(row[phase] > 0 for phase in PHASES)
        assert row["epoch"] == pytest.approx(sum(row[phase] for phase in PHASES), rel=0.5)  # medians
        assert row["without_refresh"] == pytest.approx(row["epoch"] - row["refresh"])
        assert 0 < row["fastest"] <= 1.5 * row["without_refresh"]
    crane = report["rows"][1]
    assert crane["refresh"] > report["rows"][0]["refresh"]  # the item graph is built there
    table = list(csv.reader(path.with_suffix(".csv").open()))
    assert [line[0] for line in table[1:]] == ["LightGCN, embedding_dim=8", "CRANE, embedding_dim=8"]
    assert float(table[1][-3]) == pytest.approx(report["rows"][0]["epoch"], abs=1e-3)


def test_bad_input() -> None:
    assert "is name=value" in call("--set", "embedding_dim").stderr
    assert "invalid choice" in call("--model", "SVD").stderr
