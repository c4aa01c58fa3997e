"""The benchmark of several processes."""

import csv
import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "parallel" / "main.py"


def test_a_report_has_a_row_for_each_process(tmp_path: Path) -> None:
    small = ["--size", "300x100x3000", "--batch-size", "64", "--steps", "2", "--model", "LightGCN"]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *small, "--json", str(tmp_path / "a.json")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "a.json").read_text())["rows"]
    assert [(row["processes"], row["rank"]) for row in rows] == [(1, 0), (2, 0), (2, 1)]
    assert all(row["model"] == "LightGCN" and row["step"] > 0 for row in rows)
    assert len(list(csv.DictReader((tmp_path / "a.csv").open()))) == 3
