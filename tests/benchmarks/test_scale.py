"""The benchmark of large graphs."""

import csv
import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "scale" / "main.py"


def test_a_report_has_every_phase(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(SCRIPT),
        "--size",
        "300x100x3000",
        "--contrast",
        "64",
        "--max-degree",
        "50",
    ]
    done = subprocess.run(
        [*command, "--threads", "1", "--json", str(tmp_path / "a.json")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "a.json").read_text())
    lines = SCRIPT.read_text().splitlines()
    told = [line.strip("-` ").split(":")[0] for line in lines if line.startswith("- ``")]
    names = [name.strip("`") for line in told for name in line.split("``, ``")]
    assert sorted(report["phases"]) == sorted(names)
    assert all(phase["seconds"] >= 0 for phase in report["phases"].values())
    first = [report["phases"][name]["seconds"] for name in ("read_and_build", "neighbours", "matrices")]
    assert abs(report["preparation"] - sum(first)) < 0.11
    assert report["settings"]["size"] == [300, 100, 3000]
    shown = list(csv.DictReader((tmp_path / "a.csv").open()))
    assert [row["phase"] for row in shown] == list(report["phases"])
