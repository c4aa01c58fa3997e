"""Presets, the settings that a model starts from on a data set: ``presets/DATASET/MODEL.toml``.

A preset has up to four tables:

    [model]            arguments of the constructor
    [pre_transform]    of the graph that the paper freezes
    [epoch_transform]  of the graph that the paper draws for each epoch
    [training]         options of pygmmrec.training.fit
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from pygmmrec.experiment.settings.toml import FOLDER, read_toml
from pygmmrec.utils.check import check

PRESETS = FOLDER / "presets"
TABLES = ("model", "pre_transform", "epoch_transform", "training")

Preset = dict[str, dict[str, Any]]
"""All four tables, of which some may be empty."""


def preset(model: str, dataset: str) -> Preset:
    """The settings that come with this package for a model on a data set.

    Args:
        model: Name of the model.
        dataset: Name of the data set, such as ``tiktok`` or ``baby``.

    Raises:
        ValueError: If there are none.
    """
    known = datasets(model)
    check(dataset in known, "dataset", f"one of {known} for {model!r}", "preset", dataset)
    return as_preset(read_toml(PRESETS / dataset / f"{model}.toml"))


def datasets(model: str) -> list[str]:
    """The data sets for which a model has a preset."""
    return sorted(path.parent.name for path in PRESETS.glob(f"*/{model}.toml"))


def as_preset(tables: Mapping[str, Mapping[str, Any]]) -> Preset:
    """A copy with all four tables.

    Raises:
        ValueError: If there is another table.
    """
    unknown = sorted(set(tables) - set(TABLES))
    check(not unknown, "preset", f"of the tables {TABLES}", "as_preset", unknown)
    return {table: copy.deepcopy(dict(tables.get(table, {}))) for table in TABLES}


def put(settings: dict[str, Any], name: str, value: Any) -> None:
    """Set ``model.rca.num_rounds`` and the like, in whichever tables it lies; they are made if need be."""
    *tables, key = name.split(".")
    for table in tables:
        settings = settings.setdefault(table, {})
    settings[key] = value


def look(settings: Mapping[str, Any], name: str) -> Any:
    """The value of ``model.rca.num_rounds`` and the like; ``None`` where there is none."""
    value: Any = settings
    for key in name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def within(some: Mapping[str, Any], every: Mapping[str, Any]) -> bool:
    """Whether all that the first mapping says, the second says too, also of the mappings inside."""
    return all(
        within(value, every[key])
        if isinstance(value, Mapping) and isinstance(every.get(key), Mapping)
        else key in every and every[key] == value
        for key, value in some.items()
    )
