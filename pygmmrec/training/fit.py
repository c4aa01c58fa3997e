"""Training, from a model and a graph to a result."""

from __future__ import annotations

from typing import Any

from torch_geometric.data import HeteroData

from pygmmrec.models.recommender import Recommender
from pygmmrec.training.result import FitResult
from pygmmrec.training.run import Run


def fit(model: Recommender, data: HeteroData, **options: Any) -> FitResult:
    """Train a model until its validation metric stops rising, then score the test set once.

    The model comes back with the weights of its best validation epoch.

    Args:
        model: The model.
        data: The graph, after the model's ``pre_transform``.
        options: Arguments of :class:`~pygmmrec.training.Run`: ``epoch_transform``, ``epochs``,
            ``batch_size``, ``lr``, ``patience``, ``seed``, ``device``, ``precision``, ``output``, ``resume``
            and others.

    Raises:
        ValueError: If the data does not fit the model, or an option is out of range.
        FloatingPointError: If the loss is no longer finite.
    """
    run = Run(model, data, **options)
    for graph in run:
        run.refresh(graph)
        for batch in run.batches():
            run.step(run.loss(graph, batch))
        run.validate()
    return run.finish()
