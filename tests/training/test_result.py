from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

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


def test_whatever_a_result_holds_is_written(tmp_path: Path) -> None:
    odd = {1: Path("a"), "set": {2}, "model": torch.nn.Linear(1, 2), "large": torch.zeros(40, 50)}
    result = make(
        seconds_per_epoch=float("nan"),
        seed=np.int64(3),
        valid={"recall@5": np.float32(0.5)},
        config={"model": odd, "training": {"ks": np.array([5, 20])}},
    )
    result.save(tmp_path / "result.json")
    loaded = FitResult.load(tmp_path / "result.json")
    assert (loaded.seconds_per_epoch, loaded.seed, loaded.valid) == (None, 3, {"recall@5": 0.5})
    assert loaded.config["training"] == {"ks": [5, 20]}
    large = "Tensor [40, 50] torch.float32"
    linear = "Linear(in_features=1, out_features=2, bias=True)"
    assert loaded.config["model"] == {"1": "a", "set": [2], "model": linear, "large": large}


def test_a_table_of_what_was_scored() -> None:
    assert make(test={}).table().splitlines()[0].split() == ["valid", "@5", "valid", "@10"]
    assert make(valid={}).table().splitlines()[1].split() == ["recall", "0.2000", "0.4000"]
    assert make(valid={}, test={}).table() == "nothing was scored"


def test_table() -> None:
    assert make().table().splitlines() == [
        "        valid @5 valid @10   test @5  test @10",
        "recall    0.2500    0.5000    0.2000    0.4000",
        "ndcg      0.1250    0.3750    0.1000    0.3000",
    ]
