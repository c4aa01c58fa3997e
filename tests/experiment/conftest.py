"""A small comparison and a small study, which many tests read."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from torch_geometric.data import HeteroData

from pygmmrec.evaluation.evaluate import measure
from pygmmrec.experiment import Budget, Protocol, compare
from pygmmrec.experiment.reports.results import Comparison, load_comparisons
from pygmmrec.experiment.settings.contender import contender
from pygmmrec.experiment.trials.search import Search

MODELS = ("BPRMF", "VBPR", "LightGCN")
SEEDS = (1, 2)
TRIALS = 4
OPTIONS: dict[str, Any] = {
    "trials": TRIALS,
    "budget": Budget(epochs=2),
    "epochs": 3,
    "seeds": SEEDS,
    "device": "cpu",
    "headline": ["VBPR"],
}
"""Of the comparison."""


@pytest.fixture(scope="session", autouse=True)
def _quiet() -> Iterator[None]:
    """Optuna says nothing of single trials, and runs of this process draw no curves, which take longer."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pygmmrec.training.outputs.plot_curves", lambda *args, **kwargs: True)
        yield
    optuna.logging.set_verbosity(before)


@pytest.fixture(scope="session")
def protocol(tiny: Path) -> Protocol:
    """The tiny data set, read once."""
    return Protocol("tiny", data=Protocol("tiny", str(tiny)).load())


@pytest.fixture(scope="session")
def graph(protocol: Protocol) -> HeteroData:
    """Its graph."""
    return protocol.load()


@pytest.fixture(scope="session")
def seen() -> list[str]:
    """The splits that the comparison scored, in order."""
    return []


@pytest.fixture(scope="session")
def done(protocol: Protocol, tmp_path_factory: pytest.TempPathFactory, seen: list[str]) -> Path:
    """The folder of a small comparison."""
    output = tmp_path_factory.mktemp("comparison")

    def spying(model: Any, data: Any, split: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(split)
        return measure(model, data, split, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pygmmrec.training.scoring.measure", spying)
        assert compare(MODELS, protocol, output=output, **OPTIONS).attrs["failed"] == {}
    return output


@pytest.fixture(scope="session")
def comparison(done: Path) -> Comparison:
    """Its results."""
    return load_comparisons(done)["tiny"]


@pytest.fixture(scope="session")
def report(done: Path) -> Path:
    """The folder of its report."""
    return done / "report" / "tiny"


@pytest.fixture(scope="session")
def rows(report: Path) -> Callable[[str], list[dict[str, str]]]:
    """Reader of its tables."""
    return lambda name: read_table(report / f"{name}.csv")


@pytest.fixture(scope="session")
def result(done: Path) -> Callable[[str, int], dict[str, Any]]:
    """Reader of its results."""

    def read(model: str, seed: int) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            (done / "tiny" / model / "given" / f"seed-{seed}" / "result.json").read_text()
        )
        return found

    return read


@pytest.fixture(scope="session")
def lines(done: Path) -> Callable[[str], list[dict[str, Any]]]:
    """Reader of its trials."""
    return lambda model: [
        json.loads(line) for line in (done / "tiny" / model / "trials.jsonl").read_text().splitlines()
    ]


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def sought(protocol: Protocol, tmp_path: Path) -> Callable[..., Search]:
    """Maker of searches of LightGCN on the tiny data set."""

    def make(num_trials: int = 3, *, preset: Any = None, space: Any = None, **options: Any) -> Search:
        of = contender("LightGCN", "tiny", preset=preset, space=space)
        made = {
            "storage": f"sqlite:///{tmp_path / 'search.db'}",
            "budget": Budget(1),
            "device": "cpu",
            **options,
        }
        return Search(of, protocol, num_trials, **made)

    return make


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Trials train nothing: the value is that of the learning rate. Returns the settings that were tried."""
    tried: list[Any] = []

    def pretend(search: Search, settings: Any, callbacks: Any = ()) -> dict[str, Any]:
        tried.append(settings)
        value = float(settings["training"].get("lr", 0.0))
        return {"value": value, "valid": {"recall@20": value}, "epochs": 1, "seconds": 0.1}

    monkeypatch.setattr("pygmmrec.experiment.trials.trial.train", pretend)
    return tried
