"""The benchmark of newcomers: what it holds out, and what it writes."""

import csv
import json
import subprocess
import sys
from pathlib import Path

MAIN = Path(__file__).parents[2] / "benchmarks" / "newcomers" / "main.py"


def test_it_measures_users_and_items(tmp_path: Path) -> None:
    path = tmp_path / "new" / "newcomers.json"
    command = [sys.executable, str(MAIN), "--model", "LightGCN", "--epochs", "1", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(path.read_text())
    (row,) = report["rows"]
    assert report["environment"]["threads"] == report["threads"] == 1
    assert row["way"] == "sum"
    assert row["users_zero_share"] == row["users_zero"] / row["users_trained"]
    assert row["items_knn"] > row["items_chance"]
    assert all(0 <= row[key] <= 1 for key in ("users_zero", "users_mean", "items_zero", "items_popularity"))
    table = list(csv.DictReader(path.with_suffix(".csv").open()))
    assert [each["model"] for each in table] == ["LightGCN"]
