"""The graph that an epoch trains on."""

from __future__ import annotations

import copy
import logging
from typing import Any

from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.models.recommender import Recommender
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

WHERE = "Run"


def own_epoch_transform(epoch_transform: Any, model: Recommender) -> BaseTransform | None:
    """The transform that draws the training graph of each epoch, from what a run was given.

    Raises:
        ValueError: If it is something else, such as a function that nobody called.
    """
    name = f"{type(model).__name__}.epoch_transform"
    if isinstance(epoch_transform, str) and epoch_transform == "default":
        own = model.epoch_transform()
        if own is not None:
            logger.info("epoch_transform: each epoch trains on a graph that %s() draws", name)
        return own
    if epoch_transform is None:
        if type(model).epoch_transform is not Recommender.epoch_transform:
            logger.info("'epoch_transform=None': training on the whole graph, without %s()", name)
        return None
    called = getattr(epoch_transform, "__qualname__", type(epoch_transform).__name__)
    remedy = f"Call it: epoch_transform={called}()"
    if not hasattr(epoch_transform, "__qualname__"):
        remedy = f"{name}() is the default"
    elif "<" in called:
        remedy = "Derive it from BaseTransform, whose repr says what it does"
    wanted = "a transform, 'default' or None"
    check(isinstance(epoch_transform, BaseTransform), "epoch_transform", wanted, WHERE, called, remedy)
    transform: BaseTransform = epoch_transform
    return transform


def draw_graph(transform: BaseTransform | None, data: HeteroData) -> HeteroData:
    """The graph of an epoch, on which the model may put what it builds; ``data`` is left alone.

    Raises:
        ValueError: If the transform gives something else.
    """
    graph = copy.copy(data) if transform is None else transform(data)
    check(isinstance(graph, HeteroData), "epoch_transform", "one that returns a graph", WHERE, transform)
    drawn: HeteroData = graph
    return drawn
