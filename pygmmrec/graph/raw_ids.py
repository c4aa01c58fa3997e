"""The raw ids of a graph's nodes, and where they stand among others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType

from pygmmrec.utils.check import check

NodeIds: TypeAlias = HeteroData | Mapping[NodeType, Iterable[Hashable]]
"""Who the nodes are: a graph with a ``raw_id`` of each node type, or raw ids by node type."""


def raw_ids(nodes: NodeIds, node_type: NodeType, arg: str, where: object) -> Sequence[Hashable]:
    """The raw ids of the nodes of a type, in the order of their indices.

    Args:
        nodes: A graph, or raw ids by node type.
        node_type: The type, such as ``user``.
        arg: The argument's name, for errors.
        where: Who asks, for errors.

    Raises:
        ValueError: If it has none of that type, or an id is there twice.
    """
    found: Any = None
    if isinstance(nodes, HeteroData):
        found = nodes[node_type].get("raw_id") if node_type in nodes.node_types else None
        remedy = f"Set data[{node_type!r}].raw_id = IdMap(ids)"
        held: Any = nodes.node_types
    else:
        found, remedy, held = nodes.get(node_type), "Give them under that name", sorted(nodes)
    check(found is not None, arg, f"a graph with the raw ids of its {node_type}s", where, held, remedy)
    ids = getattr(found, "ids", found)
    ids = ids if isinstance(ids, (range, tuple, list)) else tuple(ids)
    unique = isinstance(ids, range) or len(set(ids)) == len(ids)
    check(unique, arg, f"free of {node_type}s that are there twice", where, f"{len(ids)} ids")
    return ids


def num_nodes(nodes: NodeIds, node_type: NodeType) -> int:
    """Number of nodes of a type; a graph need not say their raw ids."""
    if isinstance(nodes, HeteroData):
        return int(nodes[node_type].num_nodes) if node_type in nodes.node_types else 0
    return len(raw_ids(nodes, node_type, "nodes", "num_nodes"))


def places(ids: Sequence[Hashable], among: Sequence[Hashable]) -> Tensor:
    """Where each of ``ids`` stands in ``among``, [N] int64; -1 where it does not."""
    if ids == among:
        return torch.arange(len(ids))
    position = {raw: index for index, raw in enumerate(among)}
    return torch.tensor([position.get(raw, -1) for raw in ids], dtype=torch.int64)


def ids_as_json(ids: Sequence[Hashable]) -> bytes:
    """Raw ids as JSON: numbers, strings and tuples of them as they are, others by type and ``repr``."""
    told = len(ids) if isinstance(ids, range) else list(ids)
    return json.dumps(told, default=lambda raw: {"type": type(raw).__name__, "repr": repr(raw)}).encode()


def id_digests(data: HeteroData) -> dict[NodeType, str]:
    """A digest of the raw ids of each node type that has some. Order counts."""
    named = [kind for kind in data.node_types if "raw_id" in data[kind]]
    return {kind: digest(ids_as_json(raw_ids(data, kind, "data", "id_digests"))) for kind in named}


def digest(encoded: bytes) -> str:
    """That of ids which :func:`ids_as_json` gave."""
    return hashlib.sha256(encoded).hexdigest()[:16]


def absent(ids: Sequence[Hashable], among: Sequence[Hashable]) -> str:
    """How many of ``ids`` are not in ``among``, and the first of them, for a message; empty if none."""
    known = set(among)
    missing = [raw for raw in ids if raw not in known]
    some = ", ".join(repr(raw) for raw in islice(missing, 5))
    return f"{len(missing)}, such as {some}" if missing else ""
