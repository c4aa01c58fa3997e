"""The benchmark of full ranking: the common way finds the same metrics."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = Path(__file__).parents[2] / "benchmarks" / "evaluation" / "main.py"


@pytest.mark.parametrize("batch", [4096, 300])
def test_both_ways_find_the_same_metrics(tmp_path: Path, batch: int) -> None:
    command = [sys.executable, str(MAIN), "--rounds", "3", "--threads", "1", "--batch", str(batch)]
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "evaluation.json")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "evaluation.json").read_text())
    assert report["environment"]["threads"] == 1
    (row,) = report["rows"]
    assert row["max_metric_difference"] < 1e-12
    assert len(row["metrics"]) == 16
    assert 0 < row["metrics"]["recall@5"] < row["metrics"]["recall@50"] < 1
    assert row["ours_seconds"] > 0
    assert row["sets_seconds"] > 0
    assert row["arrays_seconds"] > 0
    assert row["num_held_out"] > 0
    shown = list(csv.DictReader((tmp_path / "evaluation.csv").open()))
    assert [line["speedup vs sets"] for line in shown] == [f"{row['speedup_vs_sets']:.2f}"]
