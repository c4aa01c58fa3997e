import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pygmmrec.experiment.studies.parts import Plan
from pygmmrec.experiment.studies.report import write_report


def test_the_report_can_be_written_from_its_own_copy(
    studied: Path, plan: Plan, tmp_path: Path, result_of: Callable[[str, int], dict[str, Any]]
) -> None:
    first = studied / "report"
    write_report(plan, first / "raw", tmp_path)
    files = sorted(path.name for path in tmp_path.glob("*.*"))
    parts = ("ablation", "alignment", "contrast", "reduction", "convergence", "two seeds")  # not "undone"
    assert files == sorted(["notes.csv", *(f"{part}.{end}" for part in parts for end in ("csv", "png"))])
    for name in files:
        assert (tmp_path / name).read_bytes() == (first / name).read_bytes()
    with (first / "notes.csv").open(newline="") as file:
        notes = {row["what"]: row["is"] for row in csv.DictReader(file)}
    assert notes["seeds"] == "1, 2"
    assert notes["command"].startswith("``")
    text = (first / "raw" / "full" / "seed-1" / "result.json").read_text()
    whole, short = result_of("full", 1), json.loads(text)
    assert short.keys() == whole.keys()
    assert {key for key in whole if short[key] != whole[key]} == {"history"}
    assert set(short["history"][0]["valid"]) == {"recall@20", "ndcg@20"}
    assert len(json.dumps(short["history"])) < 300  # bytes per epoch: 300 of them stay below 100 kB
