from pathlib import Path
from typing import Any

import pytest
import torch

from pygmmrec.evaluation import BeyondAccuracy, RankingMetrics
from pygmmrec.training import FitResult
from pygmmrec.training.outputs import write_outputs


def result() -> FitResult:
    entry = {"epoch": 1, "loss": {"bpr": 0.5}, "valid": {"recall@2": 0.5}, "seconds": 1.0}
    return FitResult(
        model="BPRMF", dataset="toy", seed=0, best_epoch=1, epochs=1, valid={"recall@2": 0.5}, test={},
        seconds_per_epoch=1.0, peak_memory_mb=None, environment={}, config={}, history=[entry],
    )  # fmt: skip


@pytest.fixture
def looks(toy_data, edge_index) -> tuple[torch.Tensor, RankingMetrics, BeyondAccuracy]:
    metrics, beyond = (
        RankingMetrics(["recall", "ndcg"], [2], 4),
        BeyondAccuracy(toy_data(edge_index, 5, 4), 2),
    )
    users, lists, row, held_out = (torch.tensor(x) for x in ([0, 1], [[2, 3], [0, 3]], [0, 1], [2, 2]))
    metrics.update(lists, row, held_out)
    beyond.update(users, lists, row, held_out)
    return users, metrics, beyond


def test_the_result_comes_first_and_the_rest_may_fail(
    looks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        assert (tmp_path / "result.json").is_file()
        raise OSError("disk full")

    monkeypatch.setattr("pygmmrec.training.outputs.save_details", fail)
    monkeypatch.setattr("pygmmrec.training.outputs.plot_curves", fail)
    write_outputs(tmp_path, result(), *looks)
    assert FitResult.load(tmp_path / "result.json").valid == {"recall@2": 0.5}
    assert "No metrics of single users and pairs: OSError: disk full" in caplog.text
    assert "No curves: OSError: disk full" in caplog.text


def test_all_files(looks, tmp_path: Path) -> None:
    write_outputs(tmp_path, result(), *looks)
    names = {file.name for file in tmp_path.iterdir()} - {"curves.png"}  # which needs matplotlib
    assert names == {"result.json", "test_per_user.npz", "test_per_pair.npz"}


def test_without_a_test(tmp_path: Path) -> None:
    write_outputs(tmp_path, result(), torch.empty(0, dtype=torch.int64), None, None)
    assert {file.name for file in tmp_path.iterdir()} - {"curves.png"} == {"result.json"}
