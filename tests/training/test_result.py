import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
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


def test_a_metric_that_is_missing_is_a_dash() -> None:
    result = make(valid={"recall@5": None, "recall@10": 0.5}, test={"recall@10": 0.4, "ndcg@10": 0.3})
    assert [line.split() for line in result.table().splitlines()[1:]] == [
        ["recall", "-", "0.5000", "-", "0.4000"],
        ["ndcg", "-", "-", "-", "0.3000"],
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": None}, r"a file whose 'epochs' is of type int, .* in 'FitResult.load' .*result.json"),
        ({"valid": [0.5]}, "'valid' is of type dict"),
        ({"test": {"recall@5": "0.5"}}, "'test' is of type dict"),
        ({"typo": 1}, "no keys but .*typo"),
    ],
)
def test_another_file_is_a_clear_error(tmp_path: Path, changes: dict, message: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({**asdict(make()), **changes}))
    with pytest.raises(ValueError, match=f"'path' needs to be .*{message}.*Train or resume the run again"):
        FitResult.load(path)


def test_an_older_result_has_fewer_keys(tmp_path: Path) -> None:
    path, values = tmp_path / "result.json", asdict(make())
    for name in ("beyond", "num_parameters", "counts", "seeds", "data"):
        del values[name]
    path.write_text(json.dumps(values))
    assert FitResult.load(path) == make()
    del values["history"]
    path.write_text(json.dumps(values))
    with pytest.raises(ValueError, match=r"a file with the keys \['history'\] in 'FitResult.load'"):
        FitResult.load(path)


def test_table() -> None:
    assert make().table().splitlines() == [
        "        valid @5 valid @10   test @5  test @10",
        "recall    0.2500    0.5000    0.2000    0.4000",
        "ndcg      0.1250    0.3750    0.1000    0.3000",
    ]


def test_a_table_says_that_items_were_sampled() -> None:
    result = make(
        valid={"sampled_recall@5": 0.5}, test={"sampled_recall@5": 0.4}, ranking="100 sampled items"
    )
    lines = result.table().splitlines()
    assert lines[1].split() == ["sampled_recall", "0.5000", "0.4000"]
    assert lines[-1].startswith("Held-out items are ranked among 100 sampled items of each user")
    assert "sampled" not in make().table()
