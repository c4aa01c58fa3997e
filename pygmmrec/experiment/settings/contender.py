"""A model that takes part in an experiment: its class, where it starts, and what a search may choose."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pygmmrec.experiment.settings.model_class import is_shipped, model_class
from pygmmrec.experiment.settings.preset import Preset, as_preset, datasets
from pygmmrec.experiment.settings.preset import preset as shipped_preset
from pygmmrec.experiment.settings.space import Space, as_space
from pygmmrec.experiment.settings.space import space as shipped_space
from pygmmrec.models import Recommender
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

Tables: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The tables of a preset or of a space, as a TOML file has them."""


@dataclass(frozen=True)
class Contender:
    """A model that takes part.

    Args:
        model: Its class.
        preset: Where it starts.
        space: What a search may choose; ``None`` where nothing is searched.
    """

    model: type[Recommender]
    preset: Preset
    space: Space | None = None

    @property
    def name(self) -> str:
        """The name of its class, which names its folder and its rows."""
        return self.model.__name__


def contender(
    model: str | type[Recommender],
    dataset: str,
    *,
    preset: str | Mapping[str, str | Tables] | None = None,
    space: Mapping[str, Tables | Space] | None = None,
    searched: bool = True,
) -> Contender:
    """A model with its settings on a data set.

    Args:
        model: Its name, or its class.
        dataset: Name of the data set, whose preset it starts from where none is given.
        preset: Name of another data set; or by the name of the model, such a name or the tables themselves.
            A model for which nothing is said, here or in a file, starts from its own defaults.
        space: By the name of the model, the tables of its space. (default: that of this package)
        searched: Whether it needs a space.

    Raises:
        ValueError: If a table says something unknown, or a space is needed and there is none.
    """
    found = model_class(model)
    name = found.__name__
    start = preset.get(name, dataset) if isinstance(preset, Mapping) else preset or dataset
    if isinstance(start, Mapping):
        tables = as_preset(start)
    elif is_shipped(found) and start in datasets(name):
        tables = shipped_preset(name, start)
    else:
        logger.info("%s has no preset for %r and starts from its defaults", name, start)
        tables = as_preset({})
    return Contender(found, tables, _space(found, space or {}) if searched else None)


def _space(model: type[Recommender], spaces: Mapping[str, Tables | Space]) -> Space:
    name = model.__name__
    if name in spaces:
        given = spaces[name]
        return given if isinstance(given, Space) else as_space(given)
    given_for = f"given for the model {name!r}, which is searched"
    remedy = f"Such as {{{name!r}: {{'training': {{'lr': {{'log': [1e-4, 1e-2]}}}}}}}}"
    check(is_shipped(model), "space", given_for, "contender", list(spaces), remedy)
    return shipped_space(name)
