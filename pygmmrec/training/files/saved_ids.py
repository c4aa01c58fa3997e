"""Raw ids as tensors: what a file of weights says about whose rows it holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType

from pygmmrec.graph.raw_ids import absent, digest, ids_as_json, places, raw_ids
from pygmmrec.utils.check import check

PREFIX = "raw_id/"
"""How the name of a tensor of ids starts in a file of weights; no weight's name has a slash of its own."""


def encode_ids(data: HeteroData | None, node_types: Collection[NodeType]) -> dict[str, Tensor]:
    """The raw ids of a graph's nodes as JSON in a tensor of bytes, of the types that have some.

    Numbers, strings and tuples of them come back from the file as they were; any other id comes back as the
    name of its type and its ``repr``.
    """
    encoded = {}
    for kind in sorted(node_types):
        if data is None or kind not in data.node_types or "raw_id" not in data[kind]:
            continue
        ids = raw_ids(data, kind, "data", "encode_ids")
        encoded[f"{PREFIX}{kind}"] = torch.frombuffer(bytearray(ids_as_json(ids)), dtype=torch.uint8)
    return encoded


def digests_of(encoded: Mapping[str, Tensor]) -> dict[NodeType, str]:
    """The digests of ids, as :attr:`Recommender.rows_of` has them, from what :func:`encode_ids` gave."""
    return {
        name.removeprefix(PREFIX): digest(value.cpu().numpy().tobytes()) for name, value in encoded.items()
    }


def decode_ids(encoded: Mapping[str, Tensor]) -> dict[NodeType, Sequence[Hashable]]:
    """The raw ids by node type, from what :func:`encode_ids` gave; other tensors are passed over."""
    found = {}
    for name, value in encoded.items():
        if name.startswith(PREFIX):
            ids = json.loads(value.cpu().numpy().tobytes())
            found[name.removeprefix(PREFIX)] = range(ids) if isinstance(ids, int) else _hashable(ids)
    return found


def saved_places(
    encoded: Mapping[str, Tensor], data: HeteroData | None, remedy: str, where: object
) -> dict[NodeType, Tensor]:
    """Where the rows of a graph's nodes are in a file, [N] int64, for node types in another order there.

    Args:
        encoded: The ids in the file, from :func:`encode_ids`.
        data: The graph.
        remedy: What to do where it has other nodes.
        where: Who asks, for errors.

    Raises:
        ValueError: If the graph does not say its ids, or has others than the file.
    """
    kinds = [name.removeprefix(PREFIX) for name in encoded]
    for kind in kinds:
        raw_ids({} if data is None else data, kind, "data", where)
    ours = encode_ids(data, kinds)
    moved = {name: value for name, value in ours.items() if not torch.equal(value, encoded[name])}
    saved, mine, found = decode_ids({name: encoded[name] for name in moved}), decode_ids(moved), {}
    for kind, ids in mine.items():
        without, beyond = absent(saved[kind], ids), absent(ids, saved[kind])
        told = [f"it lacks {without}"] * bool(without) + [f"it has others, {beyond}"] * bool(beyond)
        requirement = f"a graph with the {kind}s of these weights"
        check(not told, "data", requirement, where, "; ".join(told), remedy)
        found[kind] = places(ids, saved[kind])
    return found


def _hashable(value: Any) -> Any:
    """Lists as tuples, which is what they were before JSON; type and ``repr`` of others as a tuple, too."""
    if isinstance(value, dict):
        return tuple(value.values())
    return tuple(map(_hashable, value)) if isinstance(value, list) else value
