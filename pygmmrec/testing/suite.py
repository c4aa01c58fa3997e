"""What the parts of the conformance suite share: a model's name, its settings, and how it is built."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models.closed import ClosedForm
from pygmmrec.models.recommender import Recommender
from pygmmrec.sampling import TripletSampler
from pygmmrec.testing.graphs import toy_data
from pygmmrec.typing import Triplets


class Suite:
    """Base class of the parts of :class:`~pygmmrec.testing.RecommenderTests` and
    :class:`~pygmmrec.testing.ClosedFormTests`, which say what is set here."""

    model: ClassVar[type[Recommender]]
    config: ClassVar[Mapping[str, Any]] = {}
    by_features_alone: ClassVar[bool] = False
    trained_by_features: ClassVar[bool] = False
    global_embeddings: ClassVar[bool] = False
    global_losses: ClassVar[tuple[str, ...]] = ()
    num_hops: ClassVar[int] = 5

    @pytest.fixture(autouse=True)
    def _same_numbers_each_time(self) -> None:
        torch.manual_seed(0)

    def build(self, data: HeteroData, **config: Any) -> Recommender:
        """A small model for a graph."""
        return self.model.from_data(data, **{**self.config, **config})

    def graph(self, *args: Any, **kwargs: Any) -> HeteroData:
        """The toy graph with what the model's paper freezes; arguments as for :func:`toy_data`."""
        data: HeteroData = self.model.prepare(toy_data(*args, **kwargs))
        return data

    def ready(self) -> tuple[Recommender, HeteroData]:
        """A model in double precision, and its graph."""
        data = self.graph()
        return self.fitted(self.build(data).double(), data), data

    @staticmethod
    def fitted(model: Recommender, data: HeteroData) -> Recommender:
        """The model, fitted to a graph where it is a closed form; others answer as they were drawn."""
        if isinstance(model, ClosedForm):
            model.fit_closed(data)
        return model

    @staticmethod
    def looked_at(model: Recommender, data: HeteroData) -> None:
        """Let a model read all that it ever reads of a graph."""
        if isinstance(model, ClosedForm):
            model.fit_closed(data)
        else:
            model(data)

    def takes_features(self) -> bool:
        """Whether modalities are an argument of the model."""
        return "modality_dims" in inspect.signature(self.model).parameters


def train(model: Recommender, data: HeteroData, epochs: int, lr: float, seed: int = 0) -> None:
    """The plain loop; a closed form is fitted."""
    if isinstance(model, ClosedForm):
        model.fit_closed(data)
        return
    transform = type(model).epoch_transform() or copy.copy
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    sampler = TripletSampler(data, batch_size=32, seed=seed)
    for _ in range(epochs):
        graph = transform(data)
        model.refresh(graph)
        for batch in sampler:
            optimizer.zero_grad()
            total(model.loss(graph, batch)).backward()
            optimizer.step()


def losses(model: Recommender, data: HeteroData, batch: Triplets) -> list[float]:
    """The terms of the loss; none of a closed form."""
    return [] if isinstance(model, ClosedForm) else [term.item() for term in model.loss(data, batch).values()]


def total(terms: Mapping[str, Tensor]) -> Tensor:
    """The sum of the terms of a loss."""
    return torch.stack(list(terms.values())).sum()


def scores(model: Recommender, data: HeteroData) -> Tensor:
    """Scores of all users and items, [U, I]."""
    with torch.no_grad():
        return model.score(model(data), torch.arange(model.num_users))
