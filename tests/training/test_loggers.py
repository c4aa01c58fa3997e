import csv
from pathlib import Path
from typing import Any

import pytest
from lightning_fabric.loggers import CSVLogger
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCN
from pygmmrec.training import FitResult, Run, fit
from pygmmrec.training.loggers import KNOWN, Log, make_logger

OPTIONS: dict[str, Any] = {"lr": 1e-2, "ks": (5, 20), "device": "cpu", "progress": False, "bundle": False}


class Kept:
    """A logger that keeps what it is told."""

    def __init__(self) -> None:
        self.config: dict[str, Any] = {}
        self.rows: list[tuple[int, dict[str, float]]] = []
        self.status = ""

    def log_hyperparams(self, config: dict[str, Any]) -> None:
        self.config = config

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.rows.append((step, metrics))

    def finalize(self, status: str) -> None:
        self.status += status


def train(data: HeteroData, **options: Any) -> FitResult:
    model = LightGCN.from_data(data, embedding_dim=8, seed=0)
    return fit(model, data, **{**OPTIONS, "epochs": 2, **options})


def test_a_table_of_epochs(prepared: HeteroData, tmp_path: Path) -> None:
    result = train(prepared, output=tmp_path, loggers="csv")
    with open(tmp_path / "csv" / "version_0" / "metrics.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows[:2]] == ["1", "2"]
    for row, entry in zip(rows, result.history, strict=False):
        assert float(row["loss/bpr"]) == pytest.approx(entry["loss"]["bpr"])
        assert float(row["valid/recall@20"]) == pytest.approx(entry["valid"]["recall@20"])
        assert float(row["lr/0"]) == 1e-2
    assert float(rows[-1]["test/ndcg@5"]) == pytest.approx(result.test["ndcg@5"])


def test_a_logger_of_ones_own_hears_all_of_a_run_that_was_resumed(
    prepared: HeteroData, tmp_path: Path
) -> None:
    first, second = Kept(), Kept()
    before = train(prepared, output=tmp_path, loggers=[first])
    result = train(prepared, output=tmp_path, loggers=second, epochs=3, resume=True)
    assert [step for step, _ in first.rows] == [1, 2, before.best_epoch]
    assert [step for step, _ in second.rows] == [1, 2, 3, result.best_epoch]
    assert second.rows[0][1]["loss/bpr"] == first.rows[0][1]["loss/bpr"]
    assert second.config["lr"] == 1e-2
    assert (first.status, second.status) == ("success", "success")


def test_a_run_that_is_broken_off_closes_its_logs(prepared: HeteroData) -> None:
    kept = Kept()
    with Run(LightGCN.from_data(prepared), prepared, loggers=kept, **OPTIONS):
        pass
    assert kept.status == "aborted"


def test_names_and_objects(tmp_path: Path) -> None:
    made = make_logger({"name": "csv", "version": "mine"}, tmp_path)
    assert isinstance(made, CSVLogger)
    assert made.log_dir == str(tmp_path / "csv" / "mine")
    assert make_logger(made, None) is made
    assert Log((), None)
    for given, output, message in (
        ("tensor", tmp_path, r"'loggers' needs to be names of \['csv', 'mlflow', 'tensorboard', 'wandb'\]"),
        (3, tmp_path, "'loggers' needs to be names of"),
        ("csv", None, "'output' needs to be a folder where the logger 'csv' is named"),
    ):
        with pytest.raises(ValueError, match=message):
            make_logger(given, output)
    with pytest.raises(TypeError, match=r"'CSVLogger' takes no argument 'verson'\. Did you mean 'version'"):
        make_logger({"name": "csv", "verson": 1}, tmp_path)


def test_a_logger_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN, "wandb", ("no_such_module.loggers", "WandbLogger"))
    with pytest.raises(ValueError, match=r"'wandb' is not installed .*pip install 'pygmmrec\[wandb\]'"):
        make_logger("wandb", tmp_path)
