"""Some nodes of a graph, with everything that is about them alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.data.storage import EdgeStorage, NodeStorage
from torch_geometric.typing import NodeType

from pygmmrec.graph.node_index import check_node_index
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.submatrix import submatrix


def restrict_graph(data: HeteroData, nodes: Mapping[NodeType, Tensor]) -> HeteroData:
    """The graph of some nodes, whose weights and matrices are those of the whole, not computed again.

    Together with :meth:`Recommender.restrict() <pygmmrec.models.Recommender.restrict>` it gives some nodes
    with their neighbours the embeddings that they have in the whole graph. Features, masks and raw ids come
    along; of edges and held-out pairs, those between the nodes, edges sorted by source and destination.

    Args:
        data: The graph, left alone.
        nodes: Node type to indices [N] int64, in the order that they are to have, each once. Types that are
            not named stay whole.

    Raises:
        ValueError: If an index is out of range or there twice.
    """
    out = copy.copy(data)
    for node_type, index in nodes.items():
        check_node_index(index, data[node_type].num_nodes, node_type, "restrict_graph")
        _restrict_nodes(out[node_type], index, data[node_type].num_nodes)
    for src, name, dst in data.edge_types:
        if src in nodes or dst in nodes:
            ends = (nodes.get(src), nodes.get(dst))
            sizes = (data[src].num_nodes, data[dst].num_nodes)
            _restrict_edges(out[src, name, dst], ends, sizes)
    return out


def _restrict_nodes(store: NodeStorage, index: Tensor, num_nodes: int) -> None:
    for key, value in list(store.items()):
        if key in ("raw_id", "info"):
            store[key] = value.subset(index)
        elif isinstance(value, Tensor) and value.dim() > 0 and value.size(0) == num_nodes:
            store[key] = value[index]
    store.num_nodes = index.numel()


def _restrict_edges(
    store: EdgeStorage, ends: tuple[Tensor | None, Tensor | None], sizes: tuple[int, int]
) -> None:
    held = dict(store.items())
    for key, value in held.items():
        if isinstance(value, Adj):
            store[key] = submatrix(value, row=ends[1], col=ends[0])
        elif key.endswith("_index") and isinstance(value, Tensor):
            store[key] = _renamed(value, ends, sizes)[0]
    edge_index = held.get("edge_index")
    if edge_index is None:
        return
    renamed, kept = _renamed(edge_index, ends, sizes)
    order = (renamed[0] * (sizes[1] + 1) + renamed[1]).argsort(stable=True)
    store["edge_index"] = renamed[:, order]
    for key, value in held.items():
        if _of_edges(key, value, edge_index.size(1)):
            store[key] = value[kept][order]


def _of_edges(key: str, value: Any, num_edges: int) -> bool:
    """Whether it has a row for each edge."""
    if key.endswith("_index") or not isinstance(value, Tensor):
        return False
    return value.dim() > 0 and value.size(0) == num_edges


def _renamed(
    pairs: Tensor, ends: tuple[Tensor | None, Tensor | None], sizes: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """The pairs between nodes that stay, by new indices, and which of all [2, P] these are, bool [P]."""
    sides, kept = [], torch.ones_like(pairs[0], dtype=torch.bool)
    for side, index, num_nodes in zip(pairs, ends, sizes, strict=True):
        place = torch.arange(num_nodes, device=pairs.device)
        if index is not None:
            place = place.fill_(-1).index_copy(0, index, torch.arange(index.numel(), device=index.device))
        sides.append(place[side])
        kept &= sides[-1] >= 0
    return torch.stack(sides)[:, kept], kept
