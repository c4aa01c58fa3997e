"""How far closed forms reach on a data set, with the settings of their presets, which validation chose.

    python benchmarks/closed/main.py --dataset tiktok --root path/to/tiktok

Each model is fitted once, and its test set is scored once. ``benchmarks/results/closed/DATASET/MODEL`` holds
its result, and ``DATASET.csv`` the table that the documentation shows. A result that is there already is left
as it is.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pygmmrec.models
from pygmmrec.experiment.reports.cells import write_table
from pygmmrec.experiment.runs.train import train
from pygmmrec.experiment.settings.preset import datasets, preset
from pygmmrec.experiment.settings.protocol import Protocol
from pygmmrec.models.closed import ClosedForm
from pygmmrec.training import FitResult

RESULTS = Path(__file__).parents[1] / "results" / "closed"
KEPT = ("result.json",)
"""Files of a run that stay."""


def closed_forms(dataset: str) -> list[type[ClosedForm]]:
    """The closed forms that have a preset for a data set."""
    every = [getattr(pygmmrec.models, name) for name in pygmmrec.models.__all__]
    return [each for each in every if issubclass(each, ClosedForm) and dataset in datasets(each.__name__)]


def fitted(model: type[ClosedForm], protocol: Protocol, folder: Path) -> FitResult:
    """The result of a model, of now or of before."""
    chosen = preset(model.__name__, protocol.dataset)
    result = train(model, 1, chosen, protocol=protocol, output=folder, device="cpu")
    for path in folder.iterdir():
        if path.name not in KEPT:
            path.unlink()
    return result


def row(result: FitResult) -> dict[str, str]:
    """What the table says of a model."""
    settings = result.config["model"]
    hidden = ("num_users", "num_items", "modality_dims")
    return {
        "Model": result.model,
        "Settings": ", ".join(f"{name} {value}" for name, value in settings.items() if name not in hidden),
        "Valid Recall@20": f"{result.valid['recall@20']:.4f}",
        "Test Recall@20": f"{result.test['recall@20']:.4f}",
        "Test NDCG@20": f"{result.test['ndcg@20']:.4f}",
        "Seconds": f"{result.seconds_per_epoch:.1f}",
    }


def main() -> None:
    """Fit all, one after the other, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dataset", default="tiktok")
    parser.add_argument("--root")
    parser.add_argument("--model", nargs="+", help="Some of them only.")
    options = parser.parse_args()
    protocol = Protocol(options.dataset, options.root)
    for model in closed_forms(options.dataset):
        if options.model is None or model.__name__ in options.model:
            fitted(model, protocol, RESULTS / options.dataset / model.__name__)
    results = [FitResult.load(path) for path in (RESULTS / options.dataset).glob("*/result.json")]
    results.sort(key=lambda result: result.test["recall@20"], reverse=True)
    write_table(RESULTS / f"{options.dataset}.csv", [row(result) for result in results])


if __name__ == "__main__":
    main()
