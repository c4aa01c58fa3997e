"""Checks the layout of a graph, whoever built it."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.data.ids import IdMap
from pygmmrec.data.values.column import few
from pygmmrec.data.values.finite import not_finite
from pygmmrec.data.values.order import order_by
from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.graph.modalities import stored_features
from pygmmrec.graph.precision import STORED
from pygmmrec.typing import HELD_OUT, INTERACTS, REV_INTERACTS, EdgeType, available_key
from pygmmrec.utils.check import check

WHERE = "validate_hetero_data"


def validate_hetero_data(data: HeteroData) -> None:
    """Check that ``data`` is laid out as the models, transforms and evaluation read it.

    ======================================  =======================================================
    ``data['user'].num_nodes``              U; likewise ``data['item'].num_nodes``, I
    ``data['user'].raw_id``                 optional :class:`IdMap` of U ids; likewise for items
    ``data['item'][modality]``              [I, F_m], tokens [I, L, F_m] or maps [I, F_m, H, W], finite, in
                                            float32, float16 or bfloat16: everything floating there of two
                                            to four dimensions
    ``data['item'][modality_available]``    optional bool [I]: rows of other items are zero
    ``data[INTERACTS].edge_index``          int64 [2, E] training edges, E > 0, sorted by user, item
    ``data[REV_INTERACTS].edge_index``      the same edges flipped, sorted by item, then user
    ``data[INTERACTS].valid_label_index``   int64 [2, P] pairs (user, item), maybe none
    ``data[INTERACTS].test_label_index``    likewise
    ``data.origin``                         optional: the rows that it was built from, see
                                            :func:`build_hetero_data`; nothing reads it but people
    ======================================  =======================================================

    Raises:
        ValueError: If something is absent, of the wrong type or shape, or out of range.
    """
    check_is_graph(data, WHERE)
    for node_type in ("user", "item"):
        _check_nodes(data, node_type)
    _check_features(data)
    for edge_type in (INTERACTS, REV_INTERACTS):
        _check_pairs(data, edge_type, "edge_index")
    for part in HELD_OUT:
        _check_pairs(data, INTERACTS, part)
    _check_training_edges(data)


def _check_nodes(data: HeteroData, node_type: str) -> None:
    name = f"data[{node_type!r}]"
    check(node_type in data.node_types, name, "present", WHERE, data.node_types, "See build_hetero_data.")
    num_nodes = data[node_type].get("num_nodes")
    fine = isinstance(num_nodes, int) and num_nodes > 0
    check(fine, f"{name}.num_nodes", "a positive integer", WHERE, num_nodes)
    raw_id = data[node_type].get("raw_id")
    if raw_id is not None:
        check(isinstance(raw_id, IdMap), f"{name}.raw_id", "an IdMap", WHERE, type(raw_id).__name__)
        check(len(raw_id) == num_nodes, f"{name}.raw_id", f"a map of {num_nodes} ids", WHERE, len(raw_id))


def _check_features(data: HeteroData) -> None:
    num_items = data["item"].num_nodes
    for key, value in stored_features(data).items():
        name = f"data['item'][{key!r}]"
        requirement = "float32, float16 or bfloat16"
        check(value.dtype in STORED, name, requirement, WHERE, value.dtype, "Convert it with .float().")
        requirement = f"a matrix of one row for each of the {num_items} items"
        check(value.size(0) == num_items, name, requirement, WHERE, f"{value.size(0)} rows")
        wrong = not_finite(value).tolist()
        check(not wrong, name, "finite", WHERE, f"NaN or infinity in {len(wrong)} rows, {few(wrong)}")
        _check_available(data, key)


def _check_available(data: HeteroData, modality: str) -> None:
    key, num_items = available_key(modality), data["item"].num_nodes
    if key not in data["item"]:
        return
    mask, name = data["item"][key], f"data['item'][{key!r}]"
    fine = isinstance(mask, Tensor) and mask.dtype == torch.bool and mask.shape == (num_items,)
    check(fine, name, f"a bool mask of the {num_items} items", WHERE, type(mask).__name__)
    wrong = data["item"][modality][~mask].flatten(1).any(dim=1).sum().item()
    check(wrong == 0, f"data['item'][{modality!r}]", "zero where the mask is false", WHERE, f"{wrong} rows")


def _check_pairs(data: HeteroData, edge_type: EdgeType, key: str) -> None:
    name = f"data[{edge_type!r}].{key}"
    pairs: Any = data[edge_type].get(key) if edge_type in data.edge_types else None
    check(isinstance(pairs, Tensor), name, "a tensor", WHERE, type(pairs).__name__, "See build_hetero_data.")
    fine = pairs.dtype == torch.int64 and pairs.dim() == 2 and pairs.size(0) == 2
    check(fine, name, "int64 of shape [2, E]", WHERE, f"{pairs.dtype} {list(pairs.shape)}")
    for row, node_type in zip(pairs, (edge_type[0], edge_type[2]), strict=True):
        num_nodes = data[node_type].num_nodes
        wrong = row[(row < 0) | (row >= num_nodes)].unique().tolist()
        check(not wrong, name, f"{node_type}s between 0 and {num_nodes - 1}", WHERE, few(wrong))


def _check_training_edges(data: HeteroData) -> None:
    forward, backward = data[INTERACTS].edge_index, data[REV_INTERACTS].edge_index
    name = f"data[{INTERACTS!r}].edge_index"
    check(forward.size(1) > 0, name, "a training split that is not empty", WHERE, list(forward.shape))
    keys = forward[0] * data["item"].num_nodes + forward[1]
    requirement = "sorted by user, then item, without repeated edges"
    check(bool((keys[1:] > keys[:-1]).all()), name, requirement, WHERE, list(forward.shape))
    order = torch.from_numpy(order_by(forward[1].cpu().numpy()))  # within an item by user, as they are
    same = torch.equal(forward[:, order].flip(0), backward)
    requirement = f"the edges of {INTERACTS!r} flipped, sorted by item, then user"
    check(same, f"data[{REV_INTERACTS!r}].edge_index", requirement, WHERE, list(backward.shape))
