import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "rca" / "report.py"


def call(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), str(folder)], capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("rca", "memory"):
        (tmp_path / name).mkdir()
    forms = {"no attention": {"error": 0.5, "update_error": 1.0, "recall@10": 0.25}}
    times = {"forward_seconds": 1.234, "forward_backward_seconds": 4.0}
    memory = {"forward_mb": 99.7, "forward_backward_mb": 300.2}
    forms["exact"] = {"error": 0.0, "update_error": 0.0, "recall@10": 1.0, **times, **memory}
    (tmp_path / "rca" / "a-forms.json").write_text(json.dumps({"forms": forms}))
    for entities in (20_000, 1_000, 40_000):
        report = {
            "entities": entities,
            "forward_mb": 10 + entities / 1000,
            "forward_backward_mb": 50 + entities / 100,
            "forward_backward_seconds": entities / 500,
        }
        (tmp_path / "memory" / f"rca-entity-{entities}.json").write_text(json.dumps(report))
    return tmp_path


def test_tables_hold_the_numbers_of_the_result_files(folder: Path) -> None:
    assert call(folder).returncode == 0
    header, none, exact = csv.reader((folder / "rca" / "forms.csv").open())
    assert header[:3] == ["form", "error of E", "error of the update"]
    assert none == ["no attention", "0.500", "1.000", "0.250", "", "", "", ""]
    assert exact == ["exact", "0.000", "0.000", "1.000", "1.23", "4.00", "100", "300"]


def test_sizes_that_were_not_measured_follow_the_line_and_say_so(folder: Path) -> None:
    assert call(folder).returncode == 0
    rows = list(csv.reader((folder / "rca" / "memory.csv").open()))
    assert [row[:2] for row in rows[1:4]] == [
        ["1,000", "measured"], ["20,000", "measured"], ["40,000", "measured"]
    ]  # fmt: skip
    assert rows[1][2:] == ["11", "60", "2"]
    assert rows[4] == ["62,420", "by the line (Clothing)", "72", "674", ""]
    assert rows[5] == ["255,404", "by the line (Electronics)", "265", "2,604", ""]


def test_a_folder_without_results_is_an_error(tmp_path: Path) -> None:
    done = call(tmp_path)
    assert done.returncode == 2
    assert "needs one rca/*-forms.json" in done.stderr
