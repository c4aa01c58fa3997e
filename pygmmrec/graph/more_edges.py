"""Graphs with more training edges, before they are prepared."""

from __future__ import annotations

import copy
from collections.abc import Collection

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.is_graph import is_prepared
from pygmmrec.typing import HELD_OUT, INTERACTS, ORIGIN, PREPARED, REV_INTERACTS, TEST, VALID
from pygmmrec.utils.check import check

PARTS = dict(zip(("valid", "test"), HELD_OUT, strict=True))


def add_edges(data: HeteroData, pairs: Tensor) -> None:
    """Put pairs of users and items among the training edges of a graph, both ways, in place.

    Each edge is there once afterwards, sorted as the library's are. Ratings and times of edges, which the new
    ones lack, weights and matrices are taken away; held-out pairs stay.

    Shapes:
        pairs [2, n]
    """
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    both = torch.cat([data[INTERACTS].edge_index, pairs], dim=1)
    key = (both[0] * num_items + both[1]).unique()  # by user, then item
    user, item = key // num_items, key % num_items
    by_item = (item * num_users + user).argsort()
    held = {name: value for name, value in data[INTERACTS].items() if name in HELD_OUT}
    edges = {
        INTERACTS: torch.stack([user, item]),
        REV_INTERACTS: torch.stack([item, user])[:, by_item],
    }
    for edge_type, edge_index in edges.items():
        data[edge_type].clear()
        data[edge_type].edge_index = edge_index
    data[INTERACTS].update(held)


def train_on(data: HeteroData, parts: Collection[str], where: object) -> HeteroData:
    """A graph whose held-out pairs are training edges, for a model that is to be deployed.

    Args:
        data: The graph, before any model prepared it; left alone.
        parts: ``valid``, ``test`` or both.
        where: Who asks, for errors.

    Raises:
        ValueError: If the graph is prepared.
    """
    remedy = "Give the graph as the data set gives it"
    check(not is_prepared(data), "data", "a graph that nobody prepared", where, data.get(PREPARED), remedy)
    out: HeteroData = copy.copy(data)
    names = [PARTS[part] for part in PARTS if part in parts and PARTS[part] in data[INTERACTS]]
    pairs = [data[INTERACTS][name] for name in names]
    add_edges(out, torch.cat([data[INTERACTS].edge_index[:, :0], *pairs], dim=1))
    for name, held in zip(names, pairs, strict=True):
        out[INTERACTS][name] = held[:, :0]
    origin = dict(data.get(ORIGIN, {}))
    if origin:
        told = [part for part, name in (("valid", VALID), ("test", TEST)) if name in names]
        out[ORIGIN] = {**origin, "split": f"{origin.get('split')}, trained on {' and '.join(told)} as well"}
    return out
