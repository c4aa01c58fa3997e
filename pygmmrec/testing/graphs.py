"""Small graphs that tests share, and what is near what in them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.data.storage import EdgeStorage
from torch_geometric.typing import NodeType

from pygmmrec.data.ids import IdMap
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID, Triplets

NUM_USERS, NUM_ITEMS = 9, 11
"""Sizes of :func:`toy_data` where none are given."""


def toy_data(
    edge_index: Tensor | None = None,
    num_users: int = NUM_USERS,
    num_items: int = NUM_ITEMS,
    *,
    num_modalities: int = 2,
    dtype: torch.dtype = torch.float64,
) -> HeteroData:
    """A graph with random features ``m0`` [I, 5], ``m1`` [I, 6], …, always the same.

    Args:
        edge_index: Training edges, users to items, [2, E]. (default: about a third of all pairs, at least one
            of each user and of each item)
        num_users: Number of users. (default: ``9``)
        num_items: Number of items. (default: ``11``)
        num_modalities: Number of modalities. (default: ``2``)
        dtype: Of the features; the library's own graphs have single precision. (default: double)
    """
    if edge_index is None:
        generator = torch.Generator().manual_seed(5)
        known = torch.rand(num_users, num_items, generator=generator) < 0.35
        known[range(num_users), [u % num_items for u in range(num_users)]] = True
        known[[i % num_users for i in range(num_items)], range(num_items)] = True
        edge_index = known.nonzero().t()
    generator = torch.Generator().manual_seed(7)
    sizes = range(5, 5 + num_modalities)
    features = [torch.randn(num_items, size, generator=generator, dtype=dtype) for size in sizes]
    return graph_of(edge_index, num_users, num_items, features)


def ring_data(num_users: int = 160, num_items: int = 160, *, seed: int = 0) -> HeteroData:
    """A random graph in which a few hops lead nowhere far: users and items lie on a circle, users have items
    near them, and features of items say where they are, ``m0`` [I, 5] and ``m1`` [I, 6].

    Args:
        num_users: Number of users.
        num_items: Number of items.
        seed: Seed of edges and features. (default: ``0``)
    """
    generator = torch.Generator().manual_seed(seed)
    user = torch.arange(num_users).repeat_interleave(3)  # [3 U]
    shift = torch.randint(-6, 7, user.shape, generator=generator)
    item = (user * num_items // num_users + shift) % num_items
    edge_index = torch.stack([user, item]).unique(dim=1)
    angle = torch.arange(num_items, dtype=torch.float64).unsqueeze(1) * 2 * math.pi / num_items
    place = torch.cat([angle.cos(), angle.sin()], dim=1)  # [I, 2]
    noise = [torch.randn(num_items, size, generator=generator, dtype=torch.float64) for size in (3, 4)]
    return graph_of(edge_index, num_users, num_items, [torch.cat([place, x / 50], dim=1) for x in noise])


def graph_of(edge_index: Tensor, num_users: int, num_items: int, features: Collection[Tensor]) -> HeteroData:
    """A graph of training edges and features, laid out as the library's are; no pair is held out."""
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = num_users, num_items
    for m, x in enumerate(features):
        data["item"][f"m{m}"] = x
    by_user = torch.argsort(edge_index[0] * num_items + edge_index[1])
    by_item = torch.argsort(edge_index[1] * num_users + edge_index[0])
    data[INTERACTS].edge_index = edge_index[:, by_user]
    data[REV_INTERACTS].edge_index = edge_index[:, by_item].flip(0)
    for held_out in (VALID, TEST):
        data[INTERACTS][held_out] = edge_index.new_empty(2, 0)
    return data


def hold_out(data: HeteroData, pairs: Tensor) -> None:
    """Make pairs of users and items, [2, P], the validation set of a graph."""
    data[INTERACTS][VALID] = pairs


def name_nodes(data: HeteroData, node_types: Collection[NodeType] = ("user", "item")) -> HeteroData:
    """Give the nodes of a graph raw ids such as ``user 3``."""
    for kind in node_types:
        data[kind].raw_id = IdMap([f"{kind} {n}" for n in range(data[kind].num_nodes)])
    return data


def all_triplets(data: HeteroData) -> Triplets:
    """Every user with every item it has and every item it lacks."""
    user, item = data[INTERACTS].edge_index
    known = torch.zeros(data["user"].num_nodes, data["item"].num_nodes, dtype=torch.bool)
    known[user, item] = True
    pairs = zip(user.tolist(), item.tolist(), strict=True)
    return Triplets(*torch.tensor([(u, i, j) for u, i in pairs for j in (~known[u]).nonzero()]).t())


def neighbourhood(
    data: HeteroData, seeds: Mapping[NodeType, Tensor], num_hops: int
) -> dict[NodeType, Tensor]:
    """The users and items from which some nodes can be reached in so many hops, on any kind of edge, and the
    nodes themselves: indices by node type, [N] int64, ascending.

    Args:
        data: The graph.
        seeds: Node type to indices, [N] int64, of users and items.
        num_hops: Number of hops.
    """
    inside = {kind: torch.zeros(data[kind].num_nodes, dtype=torch.bool) for kind in seeds}
    for kind, index in seeds.items():
        inside[kind][index] = True
    pairs = zip(data.edge_types, data.edge_stores, strict=True)
    edges = [(src, dst, _edges(store)) for (src, _, dst), store in pairs if src in inside and dst in inside]
    for _ in range(num_hops):
        before = {kind: mask.clone() for kind, mask in inside.items()}
        for src, dst, (source, target) in edges:
            inside[src][source[before[dst][target]]] = True
    return {kind: mask.nonzero().squeeze(1) for kind, mask in inside.items()}


def _edges(store: EdgeStorage) -> tuple[Tensor, Tensor]:
    """Sources and destinations of a relation, which may have its matrix only."""
    if "edge_index" in store:
        return store.edge_index[0], store.edge_index[1]
    matrices = [value for value in store.values() if isinstance(value, Adj)]
    none = torch.empty(0, dtype=torch.int64)
    return (matrices[0].col, matrices[0].row) if matrices else (none, none)
