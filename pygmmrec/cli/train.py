"""``pygmmrec train``: one model on one data set."""

from __future__ import annotations

import sys
from pathlib import Path

import pygmmrec.models
from pygmmrec.experiment.runs.train import train as train_once
from pygmmrec.experiment.settings.preset import as_preset, datasets, preset
from pygmmrec.experiment.settings.protocol import Protocol
from pygmmrec.utils.check import check

MODELS = tuple(name for name in pygmmrec.models.__all__ if name != "Recommender")


def train_model(
    model: str,
    dataset: str = "synthetic",
    root: str | None = None,
    output: str | None = None,
    settings: str | None = None,
    epochs: int | None = None,
    seed: int = 1,
    device: str = "auto",
) -> None:
    """Train a model, and print its metrics on the test set. An interrupted run goes on where it ended.

    Args:
        model: Name of the model, such as CRANE.
        dataset: synthetic, tiktok, lfm2k, or a name of your own for the folder in root.
        root: Folder of the data set: NAME.inter and a MODALITY_feat.npy for each modality.
        output: Folder of weights, metrics and curves; runs/MODEL-DATASET by default.
        settings: Data set whose preset is used; by default that of the same name, if there is one.
        epochs: Most epochs, instead of the preset's.
        seed: Seed of the weights and of the training.
        device: auto, cpu, cuda or cuda:1.
    """
    check(model in MODELS, "model", f"one of {', '.join(MODELS)}", "pygmmrec train", model)
    name = settings or dataset
    known = name in datasets(model) or settings is not None
    result = train_once(
        getattr(pygmmrec.models, model),
        seed,
        preset(model, name) if known else as_preset({}),
        protocol=Protocol(dataset, root),
        output=Path(output or f"runs/{model}-{dataset}"),
        epochs=epochs,
        device=device,
        progress=True,
        bundle=True,
    )
    best = f"best epoch {result.best_epoch} of {result.epochs}"
    sys.stdout.write(f"\n{result.model} on {result.dataset}, {best}\n{result.table()}\n")
