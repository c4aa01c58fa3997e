"""What the code of a model says about it: its card, modalities, graphs, terms of the loss and paper.

Graphs and terms come from one training step and one forward pass on a small synthetic graph, with the default
arguments of the model.
"""

from __future__ import annotations

import copy
import inspect
import re
from typing import Any, NamedTuple

import torch
from torch_geometric.data import HeteroData

from pygmmrec import models
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.graph.modalities import modalities
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models import Recommender
from pygmmrec.models.closed import ClosedForm
from pygmmrec.sampling import TripletSampler
from pygmmrec.transforms.item_co_graph import ITEM_CO
from pygmmrec.transforms.low_rank_graph import ITEM_FACTORS, USER_FACTORS
from pygmmrec.typing import (
    INTERACTS,
    PROFILES,
    REV_INTERACTS,
    USER_GRAPH,
    USER_WORDS,
    EdgeType,
    item_edge_type,
)

GRAPHS = {
    INTERACTS: "user-item",
    REV_INTERACTS: "user-item",
    PROFILES: "user profiles",
    USER_GRAPH: "user-user",
    ITEM_CO: "items with common users",
    USER_FACTORS: "user-item at low rank",
    ITEM_FACTORS: "user-item at low rank",
    USER_WORDS: "user-word",
    item_edge_type("fused"): "fused item kNN",
    item_edge_type("behaviour"): "items with users in common",
    item_edge_type("extended"): "items alike in all modalities",
    item_edge_type("alike"): "items alike in content or users",
    ("user", "alike", "user"): "users alike in content or items",
}
"""Edge types in words; those of single modalities and those that are learned come on top."""

LINK = re.compile(r"<(https://[^>]+)>`_")


class ModelFacts(NamedTuple):
    """A model in a few words.

    Args:
        name: Its class.
        card: Its page among the models.
        modalities: ``any`` or ``none``.
        graphs: What it propagates or gathers on, each once, in words.
        losses: The names of the terms of its loss; none for a closed form.
        paper: The first link of its docstring.
    """

    name: str
    card: str
    modalities: str
    graphs: list[str]
    losses: list[str]
    paper: str


def model_names() -> list[str]:
    """All models, by the alphabet."""
    return sorted(set(models.__all__) - {"Recommender"}, key=str.lower)


def toy_graph() -> HeteroData:
    """A graph on which every model runs with its default arguments."""
    return SyntheticMultimodal(99, 60, {"visual": 16, "text": 12}, mean_activity=12.0, cold_share=0.0)[0]


def model_facts(name: str, data: HeteroData) -> ModelFacts:
    """The facts of a model of this name, on a graph before any ``pre_transform``.

    Raises:
        KeyError: If the model uses a graph for which there are no words here.
        ValueError: If its docstring links to no paper.
    """
    cls: type[Recommender] = getattr(models, name)
    paper = LINK.search(cls.__doc__ or "")
    if paper is None:
        raise ValueError(f"The docstring of {name} needs to link to its paper")
    any_modality = "modality_dims" in inspect.signature(cls).parameters
    graphs, losses = _step(cls, data)
    return ModelFacts(
        name, cls.__module__.rpartition(".")[2], "any" if any_modality else "none", graphs, losses, paper[1]
    )


def _step(cls: type[Recommender], data: HeteroData) -> tuple[list[str], list[str]]:
    """The graphs that one epoch, of one step, and a forward pass ask for, and the terms of the loss."""
    frozen = cls.prepare(data)
    if issubclass(cls, ClosedForm):
        return [GRAPHS[INTERACTS]], []
    transform: Any = cls.epoch_transform() or copy.copy
    graph = transform(frozen)
    asked: list[EdgeType] = []
    with torch.random.fork_rng(devices=[]):
        model = _listen(cls.from_data(frozen), asked)
        model.refresh(graph)
        terms = model.loss(graph, next(iter(TripletSampler(graph, batch_size=64))))
        with torch.no_grad():
            model.eval()(frozen)
    words = [_in_words(edge_type, frozen, graph) for edge_type in asked]
    return sorted(set(words), key=lambda each: (not each.startswith("user-item"), each)), list(terms)


def _listen(model: Recommender, asked: list[EdgeType]) -> Recommender:
    """The model, which from now on lists the edge types whose matrices it asks for."""
    original = model.adj

    def adj(data: HeteroData, edge_type: EdgeType) -> Adj:
        asked.append(edge_type)
        return original(data, edge_type)

    model.adj = adj  # type: ignore[method-assign]
    return model


def _in_words(edge_type: EdgeType, frozen: HeteroData, graph: HeteroData) -> str:
    if edge_type not in frozen.edge_types and edge_type[1].startswith("view_"):
        return f"views of {edge_type[0]}-{edge_type[-1]} (drawn each epoch)"
    if edge_type not in frozen.edge_types:
        return f"learned {edge_type[0]}-{edge_type[-1]}"
    single = {item_edge_type(f"{modality}_knn") for modality in modalities(frozen)}
    words = "item kNN by modality" if edge_type in single else GRAPHS[edge_type]
    drawn = graph[edge_type].matrix is not frozen[edge_type].matrix
    return f"{words} (drawn each epoch)" if drawn else words
