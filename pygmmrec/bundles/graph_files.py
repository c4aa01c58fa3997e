"""A graph as files: tensors, tables of nodes, and JSON that says what is where."""

from __future__ import annotations

import json
from collections.abc import Container
from pathlib import Path
from typing import Any

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.bundles.node_tables import load_nodes, save_nodes
from pygmmrec.bundles.tensors import Tensors, load_tensors
from pygmmrec.bundles.values import decode, encode, nothing_else, unknown
from pygmmrec.bundles.whole import check_whole
from pygmmrec.data.ids import IdMap
from pygmmrec.data.node_info import NodeInfo
from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing
from pygmmrec.utils.json_file import read_json

STORES = "graph.json"
TENSORS = "graph.safetensors"
FORMAT = 1
REMEDY = "Write it again with save_graph"
TABLED = {"raw_id": IdMap, "info": NodeInfo}
"""What of a node type goes into its table, by name."""


def save_graph(data: HeteroData, folder: str | Path) -> list[Path]:
    """Write a graph, prepared or not, so that :func:`load_graph` gives the same one.

    ``graph.safetensors`` has its tensors, each once, however often the graph has it; ``users.parquet``,
    ``items.parquet`` and likewise have the raw ids of nodes and what else is known of them; ``graph.json``
    has all else, and is written last.

    Args:
        data: The graph: tensors, sparse matrices, raw ids, node info, and plain values.
        folder: Where to; made if need be.

    Returns:
        The files.

    Raises:
        ValueError: If there is something of another type in it; the message names it.
    """
    check_is_graph(data, "save_graph")
    folder, tensors, tables = Path(folder), Tensors(), _tables(data)

    def other(value: Any, name: str) -> Any:
        if isinstance(value, Tensor):
            return {"$tensor": tensors.add(value, name)}
        return {"$adj": _parts(value, name, tensors)} if type(value) is Adj else nothing_else(value, name)

    stores = []
    for store in data.stores:
        kind, found = store._key, {}
        for key, value in store.items():
            if kind in tables and key in tables[kind]:
                found[key] = {"$table": _file_name(kind, tables)}
            else:
                found[key] = encode(value, _label(kind, key), other)
        stores.append({"of": kind, "values": found})
    told = json.dumps({"format": FORMAT, "stores": stores}, indent=1, allow_nan=False)
    paths = [folder / _file_name(kind, tables) for kind in tables]
    for path, held in zip(paths, tables.values(), strict=True):
        save_nodes(path, held.get("raw_id"), held.get("info"))
    tensors.save(folder / TENSORS)
    with replacing(folder / STORES) as temporary:
        temporary.write_text(f"{told}\n", encoding="utf-8")
    return [*paths, folder / TENSORS, folder / STORES]


def load_graph(folder: str | Path, tables: Container[str] | None = None) -> HeteroData:
    """The graph that :func:`save_graph` wrote, on the CPU. Nothing is unpickled, and no code of it is run.

    Args:
        folder: Where the files are.
        tables: Names of the files that tables of nodes may be in. (default: ``None``, any)

    Raises:
        ValueError: If a file is missing, damaged or of another format, or a table is in another file.
    """
    folder = Path(folder)
    told = read_json(folder / STORES, "load_graph", REMEDY)
    wanted, found = f"a graph of format {FORMAT}", told.get("format")
    check(found == FORMAT, "folder", wanted, "load_graph", f"{folder} of format {found}", REMEDY)
    tensors = load_tensors(folder / TENSORS, "load_graph")
    try:
        data = _graph(told["stores"], tensors, folder, tables)
        check_whole(data)
    except Exception as error:  # whatever PyG and Python raise for values in places that are not theirs
        reason = f"'folder' needs to hold a complete graph in 'load_graph' (got {str(folder)!r}: {error!r})"
        raise ValueError(f"{reason}. {REMEDY}") from error
    return data


def _graph(
    stores: list[dict[str, Any]], tensors: dict[str, Tensor], folder: Path, tables: Container[str] | None
) -> HeteroData:
    def other(tag: str, content: Any) -> Any:
        if tag == "$tensor":
            return tensors[content]
        return _adj(decode(content, other)) if tag == "$adj" else unknown(tag, content)

    data = HeteroData()
    for told in stores:
        kind, values = told["of"], told["values"]
        store = data if kind is None else data[tuple(kind) if isinstance(kind, list) else kind]
        files = {value["$table"] for value in values.values() if _is_tabled(value)}
        for name in files:
            known = tables is None or name in tables
            check(known, "folder", "a graph in files that have a digest", "load_graph", name, REMEDY)
        read = {name: load_nodes(folder / Path(name).name, "load_graph") for name in files}
        for key, value in values.items():
            if _is_tabled(value):
                ids, info = read[value["$table"]]
                store[key] = ids if key == "raw_id" else info
            else:
                store[key] = decode(value, other)
    return data


def _is_tabled(value: Any) -> bool:
    return isinstance(value, dict) and "$table" in value


def _tables(data: HeteroData) -> dict[Any, dict[str, Any]]:
    """By node type, what goes into a table."""
    found = {
        kind: {key: value for key, value in data[kind].items() if isinstance(value, TABLED.get(key, ()))}
        for kind in data.node_types
    }
    return {kind: held for kind, held in found.items() if held}


def _file_name(kind: str, tables: dict[Any, dict[str, Any]]) -> str:
    """``users.parquet``; a number for a node type whose name may be no file's."""
    plain = kind.isascii() and kind.isidentifier()
    return f"{kind}s.parquet" if plain else f"nodes-{list(tables).index(kind)}.parquet"


def _label(kind: Any, key: str) -> str:
    """What a value is called, in errors and among the tensors: ``item.image``."""
    of = " ".join(kind) if isinstance(kind, tuple) else kind
    return key if of is None else f"{of}.{key}"


def _parts(adj: Adj, name: str, tensors: Tensors) -> dict[str, Any]:
    """A matrix as what makes it again."""
    held = {"rowptr": adj.rowptr, "col": adj.col, "value": adj.value, "made_from": adj.made_from}
    parts = {
        key: None if value is None else {"$tensor": tensors.add(value, f"{name}.{key}")}
        for key, value in held.items()
    }
    return {**parts, "num_cols": adj.num_cols, "symmetric": adj.symmetric}


def _adj(parts: dict[str, Any]) -> Adj:
    made_from = parts.pop("made_from")
    adj = Adj(**parts)
    adj.made_from = made_from
    return adj
