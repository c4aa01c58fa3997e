"""Feature matrices in the order of the items -> a graph that holds them, and says who lacks one."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.data.features import as_features
from pygmmrec.data.ids import IdMap
from pygmmrec.data.modality_name import check_modality_name
from pygmmrec.data.values.column import few
from pygmmrec.data.values.finite import lacking
from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.typing import ORIGIN, PREPARED, available_key
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

Missing: TypeAlias = Literal["error", "mask"]
MISSING = ("error", "mask")


def add_features(data: HeteroData, features: Mapping[str, Any], *, missing: Missing = "error") -> HeteroData:
    """A graph with further modalities; the graph that is given stays as it is.

    Args:
        data: A graph that no model prepared yet.
        features: Modality name -> matrix, as :func:`build_hetero_data` takes it.
        missing: What to do where an item has no row, or one of NaN: ``error`` or ``mask``, as there.
            (default: ``error``)

    Raises:
        ValueError: If a model prepared the graph, it has a modality of that name, or a matrix is not valid.
    """
    where = "add_features"
    check_is_graph(data, where)
    check(missing in MISSING, "missing", f"one of {MISSING}", where, missing)
    remedy = "Add features first, and prepare the graph then."
    check(PREPARED not in data, "data", "a graph that no model prepared", where, data.get(PREPARED), remedy)
    features, ids = check_features(features, where), data["item"].get("raw_id")
    check(ids is not None, "data", "a graph with the raw ids of its items", where, ids)
    taken = [name for name in features if name in data["item"]]
    check(not taken, "features", "modalities that the graph does not have", where, taken)
    out = copy.copy(data)
    made_by: dict[str, Any] = {}
    for name, source in features.items():
        matrix = as_features(source, f"features[{name!r}]")
        aligned = matrix.align(ids)
        check_lacking(aligned, matrix.name, ids, missing)
        set_feature(out, name, aligned, shared=aligned is matrix.values)
        if matrix.made_by is not None:
            made_by[name] = matrix.made_by
    if ORIGIN in data:
        out[ORIGIN] = {**data[ORIGIN], "features": {**data[ORIGIN].get("features", {}), **made_by}}
    return out


def check_features(features: Mapping[str, Any] | None, where: str) -> Mapping[str, Any]:
    """Modality name -> source, none of them looked at yet.

    Raises:
        ValueError: If it is no mapping, or a name is none of a modality.
    """
    features = {} if features is None else features
    requirement, given = "a mapping from modality names to feature matrices", type(features).__name__
    remedy = "Write features={'image': matrix}; the interactions come first, then the features."
    check(isinstance(features, Mapping), "features", requirement, where, given, remedy)
    for name in features:
        check_modality_name(name)
    return features


def check_lacking(matrix: Tensor, name: str, item_ids: IdMap, missing: Missing) -> None:
    """Raise where items lack a modality and may not, or all of them do.

    Args:
        matrix: Features in the order of the items, a row of NaN where one has none.
        name: What errors call the matrix.
        item_ids: The items.
        missing: ``error`` or ``mask``.

    Shapes:
        matrix [I, ...]
    """
    without = lacking(matrix).nonzero().view(-1)
    fine = missing == "mask" or without.numel() == 0
    remedy = (
        "Add a row for each of these items, leave them out of 'item_ids' and the interactions, or train "
        "without their features by missing='mask'."
    )
    value = few(item_ids.raw(without).tolist())
    check(fine, name, "a matrix with a row for each item", "build_hetero_data", value, remedy)
    some = without.numel() < len(matrix)
    check(some, name, "a matrix with a row for some item", "build_hetero_data", value)


def set_feature(data: HeteroData, name: str, matrix: Tensor, *, shared: bool) -> None:
    """Store a modality; rows of NaN become zero, and a mask says who has one.

    Args:
        data: The graph.
        name: The modality.
        matrix: Its features in the order of the items.
        shared: Whether the matrix is the caller's or that of a file, and so is never written to.

    Shapes:
        matrix [I, ...]
    """
    without = lacking(matrix)  # [I]
    if without.any():
        matrix = matrix.clone() if shared else matrix
        matrix[without] = 0.0
        data["item"][available_key(name)] = ~without
        logger.info("%d of %d items lack %s", int(without.sum()), len(without), name)
    data["item"][name] = matrix
