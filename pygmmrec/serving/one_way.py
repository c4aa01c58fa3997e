"""Users who are told by a graph, and tell it nothing."""

from __future__ import annotations

import copy

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.normalize import Norm
from pygmmrec.transforms import (
    BipartiteNorm,
    Degrees,
    FuseItemGraphs,
    ItemCoGraph,
    ItemKNNGraph,
    ItemWords,
    LowRankGraph,
    ProfileEdges,
    ScaleFeatures,
    ToAdj,
)
from pygmmrec.typing import INTERACTS, PROFILES, REV_INTERACTS

FOLLOWED = (
    BipartiteNorm,
    Degrees,
    FuseItemGraphs,
    ItemCoGraph,
    ItemKNNGraph,
    ItemWords,
    LowRankGraph,
    ProfileEdges,
    ScaleFeatures,
    ToAdj,
)
"""Transforms whose graphs are of items, or of edges that :func:`one_way` adds itself, or which training alone
looks at."""


def can_follow(transforms: list[BaseTransform]) -> bool:
    """Whether :func:`one_way` does for new users all that the preparation of a graph does for old ones."""
    return all(isinstance(each, FOLLOWED) for each in transforms)


def one_way(data: HeteroData, row: Tensor, item: Tensor, num_new: int, norm: Norm) -> HeteroData:
    """A prepared graph with more users, who receive messages from their items and send none.

    Items and the other users keep their degrees and see what they saw, so that their embeddings stay, and new
    users have no part in each other. Weights are those that the preparation gives to a user of as many items.

    Args:
        data: The graph, left alone.
        row: Who of the new users, ascending.
        item: Indices of their items, each once for a user.
        num_new: How many users come after the others.
        norm: How the user-item graph is normalised.

    Shapes:
        row, item [n]
    """
    graph = copy.copy(data)
    num_users = data["user"].num_nodes
    graph["user"].num_nodes = num_users + num_new
    for known in ("raw_id", "degree"):
        graph["user"].pop(known, None)
    new = torch.stack([item, num_users + row])  # [2, n]
    for edge_type in (REV_INTERACTS, PROFILES):
        if edge_type not in data.edge_types:
            continue
        store, old = graph[edge_type], data[edge_type].matrix
        weighs = norm if "edge_weight" in store else "none"
        weight = _weight(row, item, num_new, old, weighs).to(old.value)
        store.edge_index = torch.cat([store.edge_index, new], dim=1)
        if "edge_weight" in store:
            store.edge_weight = torch.cat([store.edge_weight, weight])
        store.matrix = _with_rows(old, row, item, weight, num_new)
        store.matrix.made_from = store.edge_index
        _join(_with_columns(old.t(), num_new), store.matrix)
    to_item = _with_columns(data[INTERACTS].matrix, num_new) if "matrix" in data[INTERACTS] else None
    if to_item is not None:
        to_item.made_from = graph[INTERACTS].edge_index
        graph[INTERACTS].matrix = to_item
        if norm != "row":  # the two directions are one matrix
            _join(to_item, graph[REV_INTERACTS].matrix)
    return graph


def _weight(row: Tensor, item: Tensor, num_new: int, to_user: Adj, norm: Norm) -> Tensor:
    of_user = row.bincount(minlength=num_new)[row].float()  # [n]
    if norm == "none":
        return torch.ones_like(of_user)
    if norm == "row":
        return 1 / of_user
    of_item = to_user.t().degree().clamp(min=1)[item]
    return (of_user * of_item).rsqrt()


def _with_rows(adj: Adj, row: Tensor, col: Tensor, value: Tensor, num_new: int) -> Adj:
    order = (row * adj.num_cols + col).argsort()
    ends = adj.nnz + row.bincount(minlength=num_new).cumsum(0)
    return Adj(
        torch.cat([adj.rowptr, ends]),
        torch.cat([adj.col, col[order]]),
        torch.cat([adj.value, value[order]]),
        num_cols=adj.num_cols,
    )


def _with_columns(adj: Adj, num_new: int) -> Adj:
    return Adj(adj.rowptr, adj.col, adj.value, num_cols=adj.num_cols + num_new)


def _join(to_item: Adj, to_user: Adj) -> None:
    """Make each what the other takes for its transpose, though new users are in one of them only."""
    to_item._transpose, to_user._transpose = to_user, to_item
