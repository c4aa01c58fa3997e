"""A model, its graph and the options of its training, made of settings."""

from __future__ import annotations

from typing import Any

from torch_geometric import seed_everything
from torch_geometric.data import HeteroData

from pygmmrec.experiment.settings.preset import Preset
from pygmmrec.experiment.settings.protocol import Protocol
from pygmmrec.models import Recommender


def prepare(
    model: type[Recommender], seed: int, settings: Preset, *, protocol: Protocol, epochs: int | None = None
) -> tuple[Recommender, HeteroData, dict[str, Any]]:
    """A new model, its graph, and the options of its training that decide the result.

    Args:
        model: Its class.
        seed: Seed of the weights and of the training.
        settings: The four tables of a preset.
        protocol: The data set, and what is done to it.
        epochs: Most epochs, instead of the preset's.
    """
    seed_everything(seed)
    data = model.prepare(protocol.load(), **settings["pre_transform"])
    built = model.from_data(data, **settings["model"])
    return built, data, training_options(model, seed, settings, protocol=protocol, epochs=epochs)


def training_options(
    model: type[Recommender], seed: int, settings: Preset, *, protocol: Protocol, epochs: int | None = None
) -> dict[str, Any]:
    """The options of a training that decide its result. Args: as in :func:`prepare`."""
    return {
        **settings["training"],
        "epoch_transform": model.epoch_transform(**settings["epoch_transform"]),
        "seed": seed,
        "dataset": protocol.full_name,
        **({"epochs": epochs} if epochs else {}),
    }
