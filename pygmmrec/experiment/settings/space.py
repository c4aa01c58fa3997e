"""What a search may choose for a model: ``spaces/MODEL.toml``.

A space has the tables of a preset. Each entry says what its setting may be:

    [model]
    num_layers = { int = [1, 4] }               # 1, 2, 3 or 4
    k = { choice = [5, 10, 20] }                # one of these
    temperature = { float = [0.1, 1.0] }        # anything between
    reg_weight = { log = [1e-6, 1e-1] }         # anything between, on a logarithmic scale

    [pre_transform]
    k = { same = "model.k" }                    # whatever that is

An argument that is a mapping has a table of its own, such as ``[model.rca]``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from pygmmrec import nn
from pygmmrec.experiment.settings.model_class import arguments
from pygmmrec.experiment.settings.preset import TABLES, Preset, as_preset, look, put
from pygmmrec.experiment.settings.toml import FOLDER, read_toml
from pygmmrec.models import Recommender
from pygmmrec.utils.check import check

SPACES = FOLDER / "spaces"
KINDS = ("choice", "int", "float", "log", "same")

Params = dict[str, Any]
"""``model.num_layers`` -> 3, and so on."""


@dataclass(frozen=True)
class Space:
    """The settings of a model that a search chooses.

    Args:
        choices: Setting -> what it may be, as Optuna says it.
        same: Setting -> the one that it follows.
    """

    choices: Mapping[str, BaseDistribution] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)

    def settings(self, preset: Preset, params: Params) -> Preset:
        """The preset with what was chosen in its place."""
        settings = as_preset(preset)
        chosen = params | {name: params[other] for name, other in self.same.items() if other in params}
        for name, value in chosen.items():
            put(settings, name, value)
        return settings

    def params(self, model: type[Recommender], preset: Preset) -> Params | None:
        """What the preset, or else the model, says of each setting; ``None`` if the space leaves it out."""
        found = {name: value_of(model, preset, name) for name in self.choices}
        inside = all(contains(choice, found[name]) for name, choice in self.choices.items())
        follow = all(value_of(model, preset, name) == found[other] for name, other in self.same.items())
        return found if inside and follow else None

    @property
    def size(self) -> float:
        """How many settings there are; infinite if one of them is a number of any value."""
        return math.prod(_size(choice) for choice in self.choices.values())


def space(model: str) -> Space:
    """The space that comes with this package for a model.

    Raises:
        ValueError: If there is none.
    """
    path = SPACES / f"{model}.toml"
    remedy = "Give your own model a space as a mapping"
    check(path.is_file(), "model", "one that has a space here", "space", model, remedy)
    return as_space(read_toml(path))


def as_space(tables: Mapping[str, Mapping[str, Any]]) -> Space:
    """A space from its tables, as a file has them.

    Raises:
        ValueError: If they say something that no space can.
    """
    unknown = sorted(set(tables) - set(TABLES))
    check(not unknown, "space", f"of the tables {TABLES}", "as_space", unknown)
    choices, same = {}, {}
    for name, kind, value in _entries("", tables):
        if kind == "same":
            same[name] = value
        else:
            choices[name] = distribution(kind, value)
    lost = sorted(set(same.values()) - set(choices))
    check(not lost, "same", "a setting that is chosen", "as_space", lost)
    return Space(choices, same)


def _entries(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Names, kinds and values, also of the tables in a table."""
    for key, entry in table.items():
        name = f"{prefix}{key}"
        nested = isinstance(entry, Mapping)
        check(nested, name, "like {'int': [1, 4]}, of the kinds " + ", ".join(KINDS), "as_space", entry)
        kinds = [kind for kind in entry if kind in KINDS]
        if kinds:
            check(len(entry) == 1, name, "of one kind", "as_space", entry)
            yield name, kinds[0], entry[kinds[0]]
        else:
            yield from _entries(f"{name}.", entry)


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
    if not isinstance(choice, (IntDistribution, FloatDistribution)):
        return False
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    whole = not isinstance(choice, IntDistribution) or isinstance(value, int)
    return number and whole and choice.low <= value <= choice.high


def value_of(model: type[Recommender], preset: Preset, name: str) -> Any:
    """What the preset says of a setting, or else the default of the model, or of its layer of that name."""
    table, key, *inner = name.split(".")
    if not inner:
        return preset[table].get(key, _default(model, table, key))
    value = look(preset, name)
    layers = {each.lower(): getattr(nn, each) for each in nn.__all__}
    if value is None and key in layers:
        value = inspect.signature(layers[key]).parameters[inner[0]].default
    return value


def _default(model: type[Recommender], table: str, key: str) -> Any:
    taken = arguments(model, table)
    check(key in taken, f"{table}.{key}", f"one of {sorted(taken)}", model.__name__, key)
    return taken[key].default


def _size(choice: BaseDistribution) -> float:
    if isinstance(choice, CategoricalDistribution):
        return len(choice.choices)
    return (choice.high - choice.low) // choice.step + 1 if isinstance(choice, IntDistribution) else math.inf
