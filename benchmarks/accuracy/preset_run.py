"""One training run of a model with its preset, done once: what all benchmarks of accuracy share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from protocol import Protocol
from torch_geometric import seed_everything
from torch_geometric.data import HeteroData

import pygmmrec.models
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
    model_name: str, seed: int, preset: Preset, *, protocol: Protocol, epochs: int | None = None
) -> tuple[Recommender, HeteroData, dict[str, Any]]:
    """A new model, its graph, and the options of its training that decide the result.

    Args:
        model_name: Name out of ``pygmmrec.models``.
        seed: Seed of the weights and of the training.
        preset: Settings, as :func:`load_preset` returns them.
        protocol: The data set, and what is done to it.
        epochs: Most epochs, instead of the preset's.
    """
    cls = getattr(pygmmrec.models, model_name)
    seed_everything(seed)
    data = cls.pre_transform(**preset["pre_transform"])(protocol.load())
    model = cls.from_data(data, **preset["model"])
    return model, data, training_options(model_name, seed, preset, protocol=protocol, epochs=epochs)


def training_options(
    model_name: str, seed: int, preset: Preset, *, protocol: Protocol, epochs: int | None = None
) -> dict[str, Any]:
    """The options of a training that decide its result. Args: as in :func:`prepare`."""
    cls = getattr(pygmmrec.models, model_name)
    return {
        **preset["training"],
        "epoch_transform": cls.epoch_transform(**preset["epoch_transform"]),
        "seed": seed,
        "dataset": protocol.full_name,
        **({"epochs": epochs} if epochs else {}),
    }


def stored(output: Path, model: Recommender, options: dict[str, Any]) -> FitResult | None:
    """The result in a folder, if there is one.

    Raises:
        ValueError: If it is of other settings.
    """
    path = output / "result.json"
    if not path.is_file():
        return None
    result = FitResult.load(path)
    check_settings(output, result, model.config, options)
    return result


def check_settings(output: Path, result: FitResult, model: dict[str, Any], options: dict[str, Any]) -> None:
    """Raise a :class:`ValueError` if a result is not of these arguments of the model and of the training.

    Those that are not named are not compared.
    """
    wanted = {**options, "epoch_transform": " ".join(repr(options["epoch_transform"]).split())}
    found = result.config["training"]
    alike = model.items() <= result.config["model"].items()
    if not alike or any(found[key] != wanted[key] for key in wanted):
        raise ValueError(f"{output} holds a result of other settings: choose another --output, or delete it")


def train(
    model_name: str,
    seed: int,
    preset: Preset,
    *,
    protocol: Protocol,
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
    model, data, options = prepare(model_name, seed, preset, protocol=protocol, epochs=epochs)
    result = stored(output, model, options)
    if result is None:
        result = fit(model, data, output=output, resume=True, device=device, progress=progress, **options)
    return result
