"""Weights as safetensors, and the state from which an interrupted run goes on."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType

from pygmmrec.graph.raw_ids import num_nodes
from pygmmrec.models.recommender import Recommender
from pygmmrec.training.files.saved_ids import PREFIX, decode_ids, digests_of, encode_ids, saved_places
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing


def save_weights(model: Recommender, path: str | Path, data: HeteroData | None = None) -> None:
    """Write a model's weights as safetensors, with its ``repr`` and whose rows they are beside them.

    Args:
        model: The model.
        path: The file; replaced only once the new one is complete.
        data: The graph of the model. Its raw ids go into the file, so that :func:`load_weights` gives no row
            to another user or item. Without it, or without ids in it, the file says nothing about whose its
            rows are. (default: ``None``)

    Raises:
        ValueError: If the graph has another number of nodes than the model.
    """
    tables, state = model.node_tables(), model.state_dict()
    for name, kind in tables.items():
        size = state[name].size(0)
        found = size if data is None else num_nodes(data, kind)
        check(found == size, "data", f"a graph with {size} nodes of type {kind!r}", "save_weights", found)
    write_weights(model, Path(path), encode_ids(data, set(tables.values())))


def write_weights(model: Recommender, path: Path, ids: Mapping[str, Tensor]) -> None:
    """Write a model's weights, and raw ids that are encoded already."""
    weights = {name: value.detach().contiguous().cpu() for name, value in model.state_dict().items()}
    with replacing(path) as temporary:
        told = json.dumps({**model.rows_of, **digests_of(ids)})
        save_file({**weights, **ids}, temporary, metadata={"model": repr(model), "rows_of": told})


def load_weights(model: Recommender, path: str | Path, data: HeteroData | None = None) -> None:
    """Read weights that :func:`save_weights` wrote into a model built with the same arguments.

    Args:
        model: The model.
        path: The file.
        data: The graph of the model. Where the file has raw ids, each user and item of the graph gets its own
            row, in whatever order. Without it the model has to be one that ``from_data`` built for the same
            users and items in the same order, if the file says whose its rows are. (default: ``None``)

    Raises:
        ValueError: If the file is missing or no safetensors file, or is of a model with other arguments or of
            other users or items.
    """
    saved, rows_of, weights, ids = _read(path, "load_weights")
    remedy = "Build that model on its own graph; model.grow(load_ids(path), data) makes one for another"
    remedy = remedy if ids else ""
    same = saved == repr(model)
    check(same, "model", f"the one whose weights these are, {saved}", "load_weights", model, remedy)
    if data is None:
        _check_rows(model, rows_of)
        ids = {}
    moved = saved_places(ids, data, remedy, "load_weights")
    for name, kind in model.node_tables().items():
        if kind in moved:
            weights[name] = weights[name][moved[kind]]
    model.load_state_dict(weights)


def _check_rows(model: Recommender, rows_of: Mapping[NodeType, str]) -> None:
    """Whether a model was built for the users and items of a file, as far as both say."""
    for kind in set(rows_of) & set(model.node_tables().values()):
        remedy = "Pass the graph of the model, and each row finds its own"
        requirement = f"one that from_data built for the {kind}s of these weights"
        same = model.rows_of.get(kind) == rows_of[kind]
        check(same, "model", requirement, "load_weights", dict(model.rows_of) or "no ids", remedy)


def load_ids(path: str | Path) -> dict[NodeType, Sequence[Hashable]]:
    """Whose rows a file of weights holds: raw ids by node type, in the order of the rows; empty if unsaid.

    Raises:
        ValueError: If the file is missing or no safetensors file.
    """
    return decode_ids(_read(path, "load_ids")[3])


def _read(
    path: str | Path, where: str
) -> tuple[str | None, dict[NodeType, str], dict[str, Tensor], dict[str, Tensor]]:
    """The ``repr`` of the model, digests of its rows' ids, its weights, and the encoded raw ids."""
    path = Path(path)
    check(path.is_file(), "path", "an existing file", where, str(path))
    try:
        with safe_open(path, framework="pt") as file:
            told = file.metadata() or {}
            saved, rows_of = told.get("model"), json.loads(told.get("rows_of", "{}"))
            found: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, json.JSONDecodeError) as error:
        check(False, "path", f"a complete safetensors file ({error})", where, str(path))
    ids = {name: found.pop(name) for name in list(found) if name.startswith(PREFIX)}
    return saved, rows_of, found, ids


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write the state of a run: tensors and plain values only."""
    with replacing(path) as temporary:
        torch.save(state, temporary)


def load_state(path: Path) -> dict[str, Any]:
    """Read what :func:`save_state` wrote; nothing else is ever unpickled.

    Raises:
        ValueError: If the file cannot be read as such.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = f"a complete state of a run ({type(error).__name__})"
        remedy = "Delete it to start anew"
        raise ValueError(
            f"'path' needs to be {reason} in 'load_state' (got {str(path)!r}). {remedy}"
        ) from error
    return state
