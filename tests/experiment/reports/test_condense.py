import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pygmmrec.experiment.reports.condense import PER_PAIR, PER_USER, condense, copy_run, short
from pygmmrec.training import FitResult


def test_a_copy_is_the_result_with_a_short_history(
    done: Path, result: Callable[[str, int], dict[str, Any]], tmp_path: Path
) -> None:
    whole, source = FitResult(**result("VBPR", 1)), done / "tiny" / "VBPR" / "given" / "seed-1"
    copy_run(whole, source, tmp_path)
    copy = FitResult.load(tmp_path / "result.json")
    assert {key for key in vars(whole) if vars(copy)[key] != vars(whole)[key]} == {"history"}
    assert copy.history == condense(whole)["history"]
    assert set(copy.history[0]["valid"]) == {"recall@20", "ndcg@20"}
    assert len(json.dumps(copy.history[0])) < 300
    for name in (PER_USER, PER_PAIR):
        assert (tmp_path / name).read_bytes() == (source / name).read_bytes()


def test_seconds_in_four_digits() -> None:
    assert [short(value) for value in (1.23456, 123.456, 0.00123456)] == [1.235, 123.5, 0.001235]
