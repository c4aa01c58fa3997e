"""One training run of a model with its preset, done once: what all benchmarks of accuracy share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from torch_geometric import seed_everything
from torch_geometric.data import HeteroData

import pygmmrec.models
from pygmmrec.datasets import load_dataset
from pygmmrec.models import Recommender
from pygmmrec.training import FitResult, fit

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PRESETS = Path(__file__).parent / "presets"
TABLES = ("model", "pre_transform", "epoch_transform", "training")

Preset = dict[str, dict[str, Any]]


def load_preset(dataset: str, model: str) -> Preset:
    """The tables of a preset; empty ones where there is no file."""
    path = PRESETS / dataset / f"{model}.toml"
    preset = tomllib.loads(path.read_text()) if path.is_file() else {}
    unknown = set(preset) - set(TABLES)
    if unknown:
        raise ValueError(f"A preset has the tables {TABLES} (got {sorted(unknown)} in {path})")
    return {table: preset.get(table, {}) for table in TABLES}


def prepare(
    model_name: str, seed: int, preset: Preset, *, dataset: str, root: str | None, epochs: int | None = None
) -> tuple[Recommender, HeteroData, dict[str, Any]]:
    """A new model, its graph, and the options of its training that decide the result.

    Args:
        model_name: Name out of ``pygmmrec.models``.
        seed: Seed of the weights and of the training.
        preset: Settings, as :func:`load_preset` returns them.
        dataset: Name of the data set, see :func:`~pygmmrec.datasets.load_dataset`.
        root: Its folder, where it has one.
        epochs: Most epochs, instead of the preset's.
    """
    cls = getattr(pygmmrec.models, model_name)
    seed_everything(seed)
    data = cls.pre_transform(**preset["pre_transform"])(load_dataset(dataset, root)[0])
    model = cls.from_data(data, **preset["model"])
    options = {
        **preset["training"],
        "epoch_transform": cls.epoch_transform(**preset["epoch_transform"]),
        "seed": seed,
        "dataset": dataset,
        **({"epochs": epochs} if epochs else {}),
    }
    return model, data, options


def stored(output: Path, model: Recommender, options: dict[str, Any]) -> FitResult | None:
    """The result in a folder, if there is one.

    Raises:
        ValueError: If it is of other settings.
    """
    path = output / "result.json"
    if not path.is_file():
        return None
    result = FitResult.load(path)
    if not is_of(result, model.config, options):
        raise ValueError(f"{output} holds a result of other settings: choose another --output, or delete it")
    return result


def is_of(result: FitResult, model_config: dict[str, Any], options: dict[str, Any]) -> bool:
    """Whether a result is of these settings."""
    wanted = {**options, "epoch_transform": " ".join(repr(options["epoch_transform"]).split())}
    found = result.config["training"]
    return result.config["model"] == model_config and all(found[key] == wanted[key] for key in wanted)


def train(
    model_name: str,
    seed: int,
    preset: Preset,
    *,
    dataset: str,
    root: str | None,
    output: Path,
    epochs: int | None = None,
    device: str = "auto",
    progress: bool = True,
) -> FitResult:
    """The result in ``output``, or of a new or resumed run that leaves it there.

    Args: as in :func:`prepare`, and ``output``, ``device`` and ``progress`` of
        :class:`~pygmmrec.training.Run`.

    Raises:
        ValueError: If the folder holds a result of other settings.
    """
    model, data, options = prepare(model_name, seed, preset, dataset=dataset, root=root, epochs=epochs)
    result = stored(output, model, options)
    if result is None:
        result = fit(model, data, output=output, resume=True, device=device, progress=progress, **options)
    return result
