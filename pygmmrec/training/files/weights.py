"""Weights as safetensors, with whose rows they are."""

from __future__ import annotations

import json
import zlib
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType

from pygmmrec.graph.raw_ids import num_nodes
from pygmmrec.kernels.columns.column_shard import whole
from pygmmrec.models.recommender import Recommender
from pygmmrec.training.files.saved_ids import PREFIX, decode_ids, digests_of, encode_ids, saved_places
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing

WRITTEN_BY = "written_by"
"""What a run writes into a file of weights to know it again."""


class WeightsFile(NamedTuple):
    """What a file of weights holds.

    Args:
        model: The ``repr`` of the model.
        rows_of: Digests of the raw ids of its rows, by node type.
        written_by: The run, and its epoch; empty if nobody said.
        weights: The entries of its ``state_dict``.
        ids: Raw ids as tensors, see :func:`~pygmmrec.training.files.saved_ids.encode_ids`.
    """

    model: str | None
    rows_of: dict[NodeType, str]
    written_by: str
    weights: dict[str, Tensor]
    ids: dict[str, Tensor]


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


def write_weights(
    model: Recommender, path: Path, ids: Mapping[str, Tensor], written_by: str = "", *, write: bool = True
) -> None:
    """Write a model's weights, raw ids that are encoded already, and who writes them.

    Args:
        model: The model. Where processes hold its tables together, all of them call this.
        path: The file.
        ids: See :func:`~pygmmrec.training.files.saved_ids.encode_ids`.
        written_by: What the file says of that.
        write: Whether this is the process that writes.
    """
    weights = {name: whole(value).detach().contiguous().cpu() for name, value in model.state_dict().items()}
    tensors = {**weights, **ids}
    if not write:
        return
    told = {
        "model": repr(model),
        "rows_of": json.dumps({**model.rows_of, **digests_of(ids)}),
        WRITTEN_BY: written_by,
        "checksum": str(_checksum(tensors)),
    }
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata=told)


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
    file = read_weights(path, "load_weights")
    remedy = "Build that model on its own graph; model.grow(load_ids(path), data) makes one for another"
    remedy = remedy if file.ids else ""
    same, wanted = file.model == repr(model), f"the one whose weights {str(path)!r} holds, {file.model}"
    check(same, "model", wanted, "load_weights", model, remedy)
    fill(model, file, Path(path), data, remedy)


def fill(
    model: Recommender, file: WeightsFile, path: Path, data: HeteroData | None, remedy: str = ""
) -> None:
    """Put weights that :func:`read_weights` read into a model of their shapes, whatever its arguments.

    Args:
        model: The model.
        file: What was read.
        path: From where, for errors.
        data: The graph of the model; ``None`` as in :func:`load_weights`.
        remedy: What to do where the graph has other nodes. (default: nothing)

    Raises:
        ValueError: If they are of other shapes, or of other users or items.
    """
    weights, ids = dict(file.weights), file.ids
    if data is None:
        _check_rows(model, file.rows_of, path)
        ids = {}
    moved = saved_places(ids, data, remedy, "load_weights")
    own = {name: (value.dtype, value.shape) for name, value in model.state_dict().items()}
    fits = own == {name: (value.dtype, value.shape) for name, value in weights.items()}
    check(fits, "path", "a file with all weights of the model, in its shapes", "load_weights", str(path))
    model.load_state_dict(model.at_nodes(weights, moved))


def _check_rows(model: Recommender, rows_of: Mapping[NodeType, str], path: Path) -> None:
    """Whether a model was built for the users and items of a file, as far as both say."""
    for kind in set(rows_of) & set(model.node_tables().values()):
        remedy = "Pass the graph of the model, and each row finds its own"
        requirement = f"one that from_data built for the {kind}s of the weights in {str(path)!r}"
        same = model.rows_of.get(kind) == rows_of[kind]
        check(same, "model", requirement, "load_weights", dict(model.rows_of) or "no ids", remedy)


def load_ids(path: str | Path) -> dict[NodeType, Sequence[Hashable]]:
    """Whose rows a file of weights holds: raw ids by node type, in the order of the rows; empty if unsaid.

    Raises:
        ValueError: If the file is missing or no safetensors file.
    """
    return decode_ids(read_weights(path, "load_ids").ids)


def read_weights(path: str | Path, where: str) -> WeightsFile:
    """All that a file of weights holds.

    Args:
        path: The file.
        where: Who asks, for errors.

    Raises:
        ValueError: If the file is missing, no safetensors file, or damaged.
    """
    path = Path(path)
    check(path.is_file(), "path", "an existing file", where, str(path))
    try:
        with safe_open(path, framework="pt") as file:
            told = file.metadata() or {}
            rows_of = json.loads(told.get("rows_of", "{}"))
            found: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except Exception as error:  # whatever the library and JSON raise for bytes that are not theirs
        reason = f"'path' needs to be a complete safetensors file in '{where}' (got {str(path)!r}: {error})"
        raise ValueError(reason) from error
    whole = told.get("checksum", str(_checksum(found))) == str(_checksum(found))
    whole = whole and isinstance(rows_of, dict)
    check(whole, "path", "a complete safetensors file, as it was written", where, f"{path}, which is damaged")
    ids = {name: found.pop(name) for name in list(found) if name.startswith(PREFIX)}
    return WeightsFile(told.get("model"), rows_of, told.get(WRITTEN_BY, ""), found, ids)


def _checksum(tensors: Mapping[str, Tensor]) -> int:
    """CRC-32 of names, types, shapes and values."""
    checksum = 0
    for name in sorted(tensors):
        value = tensors[name].contiguous()
        checksum = zlib.crc32(f"{name} {value.dtype} {list(value.shape)}".encode(), checksum)
        checksum = zlib.crc32(value.flatten().view(torch.uint8).numpy().data, checksum)
    return checksum
