from dataclasses import asdict
from pathlib import Path

import pytest

from pygmmrec.training import FitResult


def make(**changes: object) -> FitResult:
    values: dict[str, object] = {
        "model": "BPRMF",
        "dataset": "toy",
        "seed": 1,
        "best_epoch": 2,
        "epochs": 3,
        "valid": {"recall@5": 0.25, "recall@10": 0.5, "ndcg@5": 0.125, "ndcg@10": 0.375},
        "test": {"recall@5": 0.2, "recall@10": 0.4, "ndcg@5": 0.1, "ndcg@10": 0.3},
        "seconds_per_epoch": 0.5,
        "peak_memory_mb": 12.0,
        "environment": {},
        "config": {"model": {}, "training": {}},
        "history": [],
    }
    return FitResult(**{**values, **changes})  # type: ignore[arg-type]


def test_comes_back_from_json(tmp_path: Path) -> None:
    result = make()
    result.save(tmp_path / "result.json")
    assert asdict(FitResult.load(tmp_path / "result.json")) == asdict(result)


def test_a_number_that_is_none_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        make(seconds_per_epoch=float("nan")).save(tmp_path / "result.json")
    assert list(tmp_path.iterdir()) == []


def test_table() -> None:
    assert make().table().splitlines() == [
        "        valid @5 valid @10   test @5  test @10",
        "recall    0.2500    0.5000    0.2000    0.4000",
        "ndcg      0.1250    0.3750    0.1000    0.3000",
    ]
