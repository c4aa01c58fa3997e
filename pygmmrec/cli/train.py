"""``pygmmrec train``: one model on one data set."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pygmmrec.models
from pygmmrec.cli.raw import read_raw
from pygmmrec.data.splits.named_splits import SplitName
from pygmmrec.experiment.runs.train import train as train_once
from pygmmrec.experiment.settings.preset import Preset, as_preset, datasets, preset
from pygmmrec.experiment.settings.protocol import Protocol
from pygmmrec.utils.check import check

MODELS = tuple(name for name in pygmmrec.models.__all__ if name != "Recommender")


def dataset_name(dataset: str | None, data: str | None) -> str:
    """What the data is called: by a name, or by the file of raw interactions."""
    return dataset or ("synthetic" if data is None else Path(data).stem)


def chosen_preset(model: str, name: str, settings: str | None) -> Preset:
    """The preset of the data set that ``settings`` names, or of that of this name, or an empty one."""
    known = settings is not None or name in datasets(model)
    return preset(model, settings or name) if known else as_preset({})


def train_model(
    model: str,
    dataset: str | None = None,
    root: str | None = None,
    data: str | None = None,
    columns: dict[str, str] | None = None,
    items: str | None = None,
    users: str | None = None,
    text: str | list[str] | None = None,
    images: str | None = None,
    min_rating: float | None = None,
    k_core: int | None = None,
    split: SplitName | None = None,
    text_model: str = "all-MiniLM-L6-v2",
    image_model: str = "resnet50",
    output: str | None = None,
    settings: str | None = None,
    epochs: int | None = None,
    seed: int = 1,
    device: str = "auto",
    model_options: Mapping[str, Any] | None = None,
    training_options: Mapping[str, Any] | None = None,
) -> None:
    """Train a model, and print its metrics on the test set. An interrupted run goes on where it ended.

    Args:
        model: Name of the model, such as CRANE.
        dataset: synthetic, tiktok, lfm2k, or a name of your own for the folder in root, or for raw data. By
            default synthetic, or the name of the file of raw data.
        root: Folder of the data set: NAME.inter and a MODALITY_feat.npy for each modality.
        data: Raw interactions instead of a data set: a table of users and items, such as plays.csv.
        columns: What their columns are called, as in --columns.user listener --columns.item artist; also
            rating, timestamp and label.
        items: Table of the items, such as artists.csv, for texts, titles and filters.
        users: Table of the users.
        text: Column of items to encode as the modality text, or several, as in [name,tags].
        images: Folder of images named by the items' ids, or the column of items with their paths.
        min_rating: Interactions rated below are left out.
        k_core: Fewest items of a user, and users of an item.
        split: How raw interactions are split; by default by their labels, else 8:1:1 per user.
        text_model: What encodes texts, a model of sentence-transformers.
        image_model: What encodes images, a model of timm.
        output: Folder of weights, metrics and curves; runs/MODEL-DATASET by default.
        settings: Data set whose preset is used; by default that of the same name, if there is one.
        epochs: Most epochs, instead of the preset's.
        seed: Seed of the weights and of the training.
        device: auto, cpu, cuda or cuda:1.
        model_options: Arguments of the model, instead of the preset's.
        training_options: Arguments of the training, instead of the preset's.
    """
    check(model in MODELS, "model", f"one of {', '.join(MODELS)}", "pygmmrec train", model)
    kind = getattr(pygmmrec.models, model)
    name = dataset_name(dataset, data)
    folder = Path(output or f"runs/{model}-{name}")
    raw: dict[str, Any] = {"columns": columns, "items": items, "users": users, "text": text, "images": images}
    raw |= {"min_rating": min_rating, "k_core": k_core, "split": split}
    encoders = {"text_model": text_model, "image_model": image_model}
    graph = read_raw(data, raw, encoders, folder / "features", device)
    chosen = chosen_preset(model, name, settings)
    chosen["model"] |= model_options or {}
    chosen["training"] |= training_options or {}
    result = train_once(
        kind,
        seed,
        chosen,
        protocol=Protocol(name, root, data=graph),
        output=folder,
        epochs=epochs,
        device=device,
        progress=True,
        bundle=True,
    )
    best = f"best epoch {result.best_epoch} of {result.epochs}"
    sys.stdout.write(f"\n{result.model} on {result.dataset}, {best}\n{result.table()}\n")
