"""From which seed the weights of a model were drawn."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import torch
from torch import nn

from pygmmrec.utils.seed import is_seeded, seeded

logger = logging.getLogger(__name__)

DEFAULT_SEED = 0
"""The seed of weights where nobody gave one."""


class Drawn(NamedTuple):
    """How weights were drawn.

    Attributes:
        seed: The seed.
        by: ``argument`` of ``from_data``; ``generator`` for torch's own, as somebody seeded it; ``default``
            for :data:`DEFAULT_SEED`, since nobody had.
        versions: How often each weight had been written to.
    """

    seed: int
    by: Literal["argument", "generator", "default"]
    versions: list[int]


def draw_once(model: nn.Module, build: Callable[[], None]) -> None:
    """Build a model so that its weights come from a seed.

    They come from torch's global generator if it was seeded (:func:`torch.manual_seed`). In a process that
    nobody seeded they come from :data:`DEFAULT_SEED`, and the generator stays as it was.

    Args:
        model: The model, still empty.
        build: Its constructor.
    """
    if "_drawn" in model.__dict__:  # the constructor of a base class, or a second time
        build()
        return
    object.__setattr__(model, "_drawn", None)
    if is_seeded():
        seed = torch.initial_seed()
        build()
        drawn = Drawn(seed, "generator", _versions(model))
    else:
        name = type(model).__name__
        logger.info("Nobody seeded torch: the weights of %s are drawn from seed %d", name, DEFAULT_SEED)
        with seeded(DEFAULT_SEED):
            build()
        drawn = Drawn(DEFAULT_SEED, "default", _versions(model))
    object.__setattr__(model, "_drawn", drawn)


def drawn_by_argument(model: nn.Module) -> None:
    """Note that the seed was an argument."""
    drawn: Drawn | None = model.__dict__.get("_drawn")
    if drawn is not None:
        object.__setattr__(model, "_drawn", drawn._replace(by="argument"))


def weights_seed(model: nn.Module) -> dict[str, Any]:
    """What is known of a model's weights: ``{"weights": seed, "weights_by": ...}``.

    The seed is ``None``, and ``weights_by`` is ``given``, where they are no longer as they were drawn:
    trained, loaded or copied.
    """
    drawn: Drawn | None = model.__dict__.get("_drawn")
    if drawn is None or drawn.versions != _versions(model):
        return {"weights": None, "weights_by": "given"}
    return {"weights": drawn.seed, "weights_by": drawn.by}


def _versions(model: nn.Module) -> list[int]:
    """How often each weight was written to in place; loading and training are such writes."""
    return [parameter._version for parameter in model.parameters()]
