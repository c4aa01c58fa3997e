"""What a search may choose for a model: spaces/MODEL.toml.

A space has the tables of a preset. Each entry says what its setting may be:

    [model]
    num_layers = { int = [1, 4] }               # 1, 2, 3 or 4
    k = { choice = [5, 10, 20] }                # one of these
    temperature = { float = [0.1, 1.0] }        # anything between
    reg_weight = { log = [1e-6, 1e-1] }         # anything between, on a logarithmic scale

    [pre_transform]
    k = { same = "model.k" }                    # whatever that is
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from preset_run import TABLES, Preset, tomllib

import pygmmrec.models
from pygmmrec.training import Run

SPACES = Path(__file__).parent / "spaces"
KINDS = ("choice", "int", "float", "log", "same")

Params = dict[str, Any]
"""``model.num_layers`` -> 3, and so on."""


@dataclass(frozen=True)
class Space:
    """The settings of a model that a search chooses.

    Args:
        model: Name of the model.
        choices: Setting -> what it may be, as Optuna says it.
        same: Setting -> the one that it follows.
    """

    model: str
    choices: dict[str, BaseDistribution]
    same: dict[str, str]

    def settings(self, preset: Preset, params: Params) -> Preset:
        """The preset with what was chosen in its place."""
        settings = {table: dict(values) for table, values in preset.items()}
        chosen = params | {name: params[other] for name, other in self.same.items() if other in params}
        for name, value in chosen.items():
            table, key = name.split(".")
            settings[table][key] = value
        return settings

    def params(self, preset: Preset) -> Params | None:
        """What the preset, or else the model, says of each setting; ``None`` if the space leaves it out."""
        found = {name: value_of(self.model, preset, name) for name in self.choices}
        inside = all(contains(choice, found[name]) for name, choice in self.choices.items())
        follow = all(value_of(self.model, preset, name) == found[other] for name, other in self.same.items())
        return found if inside and follow else None


def load_space(model: str) -> Space:
    """The space of a model.

    Raises:
        ValueError: If there is none, or it says something that no space can.
    """
    path = SPACES / f"{model}.toml"
    if not path.is_file():
        raise ValueError(f"A search of {model} needs {path}, which says what it may choose")
    choices, same = {}, {}
    for table, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for key, entry in entries.items():
            name, (kind, value) = f"{table}.{key}", _entry(path, entry)
            if table not in TABLES or kind not in KINDS:
                raise ValueError(f"A space has {TABLES} and the kinds {KINDS} (got {name} in {path})")
            if kind == "same":
                same[name] = value
            else:
                choices[name] = distribution(kind, value)
    return Space(model, choices, same)


def _entry(path: Path, entry: Any) -> tuple[str, Any]:
    if not isinstance(entry, dict) or len(entry) != 1:
        raise ValueError(f"An entry of a space is like {{ int = [1, 4] }} (got {entry} in {path})")
    return next(iter(entry.items()))


def distribution(kind: str, value: list[Any]) -> BaseDistribution:
    """What a setting may be, as Optuna says it."""
    if kind == "choice":
        return CategoricalDistribution(value)
    low, high = value
    return IntDistribution(low, high) if kind == "int" else FloatDistribution(low, high, log=kind == "log")


def contains(choice: BaseDistribution, value: Any) -> bool:
    """Whether a setting may be ``value``."""
    if isinstance(choice, CategoricalDistribution):
        return value in choice.choices
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    whole = not isinstance(choice, IntDistribution) or isinstance(value, int)
    return number and whole and choice.low <= value <= choice.high


def arguments(model: str, table: str) -> dict[str, inspect.Parameter]:
    """What a table of a preset may say for a model."""
    cls = getattr(pygmmrec.models, model)
    takes = {
        "model": cls,
        "pre_transform": cls.pre_transform,
        "epoch_transform": cls.epoch_transform,
        "training": Run,
    }
    return dict(inspect.signature(takes[table]).parameters)


def value_of(model: str, preset: Preset, name: str) -> Any:
    """What the preset says of a setting, or else the default of the model."""
    table, key = name.split(".")
    return preset[table].get(key, arguments(model, table)[key].default)
