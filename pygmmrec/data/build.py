"""Interactions and features -> one validated :class:`~torch_geometric.data.HeteroData`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike, fspath
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.data.columns import Columns
from pygmmrec.data.features import as_features
from pygmmrec.data.ids import IdMap, Ids
from pygmmrec.data.interactions import Interactions, read_interactions
from pygmmrec.data.modality_name import check_modality_name
from pygmmrec.data.named_splits import SplitName, as_split, split_name
from pygmmrec.data.positives import Positives
from pygmmrec.data.split import GivenSplit, RatioSplit, Split
from pygmmrec.data.universe import Universe, item_universe, user_universe
from pygmmrec.data.validate import validate_hetero_data
from pygmmrec.data.values.column import few
from pygmmrec.data.values.finite import lacking
from pygmmrec.data.values.numbers import LABELS
from pygmmrec.data.values.order import order_by
from pygmmrec.typing import INTERACTS, ORIGIN, REV_INTERACTS, TEST, VALID, available_key
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

Missing: TypeAlias = Literal["error", "mask"]
MISSING = ("error", "mask")


def build_hetero_data(
    interactions: Any,
    features: Mapping[str, Any] | None = None,
    *,
    user_ids: Ids | None = None,
    item_ids: Ids | None = None,
    split: Split | SplitName | None = None,
    columns: Columns | None = None,
    missing: Missing = "error",
    positives: Positives | None = None,
) -> HeteroData:
    """Build the graph that models, transforms and evaluation work on.

    Message passing sees training edges only; held-out pairs lie in stores of their own. Pairs that
    repeat within a part of the split are merged, a pair may be in train and held out, and users
    and items may lack a training edge: all legal, each counted in a log line. A row whose rating is
    zero says that there was no interaction: it makes no pair, which a warning counts, but its user and
    item are there. Everything else is taken as it is or refused.

    Args:
        interactions: :class:`Interactions`, arrays ``(users, items)`` or ``(users, items, labels)``,
            a frame of pandas, polars or pyarrow, a mapping of columns, a sparse matrix, the path of a file,
            folder or pattern, or one of these for each part of a split, see :func:`read_interactions`.
        features: Modality name -> :class:`Features`, a matrix ``[I, F]``, a frame (the index of a pandas
            frame says the ids of its rows), the path of a file, see :func:`read_features`, or a pair of one
            of these with the raw ids of its rows.
        user_ids: All users, in the order of their indices (default: those in the table, sorted).
        item_ids: All items, likewise. By default those of the first features that carry ids; else,
            with features, the integers that number their rows; else those in the table, sorted.
        split: Labels the rows: a split, or the name of one, ``given``, ``ratio``, ``leave-one-out``,
            ``temporal`` (each user's last), ``global-time`` or ``cold-items`` (default: :class:`GivenSplit`
            where the table holds labels, else :class:`RatioSplit`). Before any other than the given split,
            repeated pairs are merged, so that no pair trains and is held out.
        columns: Names of the columns of a file, frame or mapping.
        missing: What to do where an item lacks a modality: it has no row of that id, or its row is NaN
            throughout. ``error``, or ``mask``: the row is zero, and a bool mask
            ``data['item']['<modality>_available']`` says who has one. (default: ``error``)
        positives: Which rows count, and what is left out before the split, see :class:`Positives`.
            (default: all but those rated zero)

    Returns:
        Data of the layout that :func:`validate_hetero_data` checks, with ``raw_id`` an
        :class:`IdMap` in both node stores; training edges carry ``rating`` (float32) and
        ``timestamp`` where the table does. ``data.origin`` says how many rows the table had, which steps left
        some out, and the split; :func:`summarize` makes a table of it.

    Raises:
        ValueError: If anything given is not valid; the message says what, and what to do.
    """
    check(missing in MISSING, "missing", f"one of {MISSING}", "build_hetero_data", missing)
    split = as_split(split, "build_hetero_data")
    positives = _check_positives(positives)
    features = _check_features(features)
    table = read_interactions(interactions, columns)
    if split is None:
        split = RatioSplit() if table.label is None else GivenSplit()
    kept = positives(table, across_labels=not isinstance(split, GivenSplit))
    matrices = {name: as_features(source, f"features[{name!r}]") for name, source in features.items()}
    of_file = f" of {fspath(interactions)}" if isinstance(interactions, (str, PathLike)) else ""
    users = user_universe(kept.user_ids, user_ids)
    items = item_universe(kept.item_ids, item_ids, matrices, union=missing == "mask")
    aligned = {name: matrix.align(items.ids) for name, matrix in matrices.items()}
    user = users.encode(kept.user_ids, f"interactions.user{of_file}", kept.item_ids)
    item = items.encode(kept.item_ids, f"interactions.item{of_file}", kept.user_ids)
    if positives.k_core is not None and item_ids is None:
        core = np.sort(item)
        items = Universe(items.ids.subset(torch.from_numpy(core)), items.source)
        aligned = {name: matrix[torch.from_numpy(core)] for name, matrix in aligned.items()}
        item = np.searchsorted(core, item)
    for name, matrix in aligned.items():
        _check_missing(matrix, matrices[name].name, items.ids, missing)
    edges = labelled(replace(kept.table, user=user[kept.table.user], item=item[kept.table.item]), split)

    data = HeteroData()
    for node_type, ids in (("user", users.ids), ("item", items.ids)):
        data[node_type].num_nodes = len(ids)
        data[node_type].raw_id = ids
    for name, matrix in aligned.items():
        without = lacking(matrix)  # [I]
        if without.any():
            shared = matrix is matrices[name].values  # the caller's, or of a file
            matrix = matrix.clone() if shared else matrix
            matrix[without] = 0.0
            data["item"][available_key(name)] = ~without
            logger.info("%d of %d items lack %s", int(without.sum()), len(items.ids), name)
        data["item"][name] = matrix
    set_edges(data, edges)
    data[ORIGIN] = {"rows": len(table), "steps": kept.steps, "split": split_name(split)}
    validate_hetero_data(data)
    _log_counts(data)
    return data


def _check_features(features: Mapping[str, Any] | None) -> Mapping[str, Any]:
    features = {} if features is None else features
    requirement, given = "a mapping from modality names to feature matrices", type(features).__name__
    remedy = "Write features={'image': matrix}; the interactions come first, then the features."
    check(isinstance(features, Mapping), "features", requirement, "build_hetero_data", given, remedy)
    for name in features:
        check_modality_name(name)
    return features


def _check_positives(positives: Positives | None) -> Positives:
    remedy = "Write positives=Positives(min_rating=4.0)."
    fine = positives is None or isinstance(positives, Positives)
    check(fine, "positives", "Positives", "build_hetero_data", positives, remedy)
    return positives or Positives()


def _check_missing(matrix: Tensor, name: str, item_ids: IdMap, missing: Missing) -> None:
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


def labelled(table: Interactions, split: Split) -> Interactions:
    """The table with the labels of a split, sorted by user, then item."""
    table = replace(table, label=split(table))
    trains = len(table.part("train")) > 0
    given = f"{len(table)} rows, none of them for training"
    remedy = f"Label training rows {LABELS['train']}, or choose another split than {split!r}."
    check(trains, "interactions", "a table with training rows", "build_hetero_data", given, remedy)
    return table.take(order_by(table.user, table.item))


def set_edges(data: HeteroData, table: Interactions) -> None:
    """Store a labelled, sorted table of node indices as training edges, both ways, and held-out pairs."""
    data[INTERACTS][VALID] = _pairs(table.part("valid"))
    data[INTERACTS][TEST] = _pairs(table.part("test"))
    edges = table.part("train")
    data[INTERACTS].edge_index = _pairs(edges)
    by_item = order_by(edges.item)  # within it by user, as they are
    data[REV_INTERACTS].edge_index = _pairs(edges.take(by_item)).flip(0)
    for name in ("rating", "timestamp"):
        column = getattr(edges, name)
        if column is not None:
            data[INTERACTS][name] = torch.from_numpy(column)
            data[REV_INTERACTS][name] = torch.from_numpy(column[by_item])


def _pairs(edges: Interactions) -> Tensor:
    return torch.from_numpy(np.stack([edges.user, edges.item]).astype(np.int64))  # [2, E]


def _log_counts(data: HeteroData) -> None:
    edge_index, num_items = data[INTERACTS].edge_index, data["item"].num_nodes
    without = [data[t].num_nodes - edge_index[i].unique().numel() for i, t in enumerate(("user", "item"))]
    logger.info("%d users and %d items have no training edge", *without)
    held_out = torch.cat([data[INTERACTS][VALID], data[INTERACTS][TEST]], dim=1)
    keys = [user * num_items + item for user, item in (edge_index, held_out)]
    place = torch.searchsorted(keys[0], keys[1]).clamp(max=len(keys[0]) - 1)  # training edges are sorted
    both = int((keys[0][place] == keys[1]).sum())
    if both:
        logger.info("%d held-out pairs are training edges too", both)
