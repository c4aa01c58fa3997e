"""Models by name or by class: users bring their own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pygmmrec.models
from pygmmrec.models import Recommender
from pygmmrec.training import Options
from pygmmrec.utils.check import check

NAMES = tuple(name for name in pygmmrec.models.__all__ if name != "Recommender")
"""The models of this package."""


def model_class(model: str | type[Recommender]) -> type[Recommender]:
    """The class of a model, which is named or given.

    Raises:
        ValueError: If the name is none of ``pygmmrec.models``, or the class is no model.
    """
    if isinstance(model, str):
        check(model in NAMES, "model", f"one of {NAMES}, or a class", "model_class", model)
        named: type[Recommender] = getattr(pygmmrec.models, model)
        return named
    is_model = isinstance(model, type) and issubclass(model, Recommender)
    check(is_model, "model", "a name or a subclass of Recommender", "model_class", model)
    return model


def is_shipped(model: type[Recommender]) -> bool:
    """Whether a class is one of this package, which has presets and a space here."""
    return getattr(pygmmrec.models, model.__name__, None) is model


def arguments(model: type[Recommender], table: str) -> dict[str, inspect.Parameter]:
    """What a table of a preset may say for a model."""
    takes: dict[str, Callable[..., Any]] = {
        "model": model,
        "pre_transform": model.pre_transform,
        "epoch_transform": model.epoch_transform,
        "training": Options,
    }
    return dict(inspect.signature(takes[table]).parameters)
