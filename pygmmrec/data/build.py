"""Interactions and features -> one validated :class:`~torch_geometric.data.HeteroData`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike, fspath
from typing import Any

import numpy as np
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data.columns import Columns
from pygmmrec.data.edges import labelled, log_counts, set_edges
from pygmmrec.data.features import as_features
from pygmmrec.data.ids import Ids
from pygmmrec.data.interactions import read_interactions
from pygmmrec.data.node_features import MISSING, Missing, check_features, check_lacking, set_feature
from pygmmrec.data.positives import Positives
from pygmmrec.data.splits.named_splits import SplitName, as_split, split_name
from pygmmrec.data.splits.split import GivenSplit, RatioSplit, Split
from pygmmrec.data.universe import Universe, item_universe, user_universe
from pygmmrec.data.validate import validate_hetero_data
from pygmmrec.typing import ORIGIN
from pygmmrec.utils.check import check


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
        some out, the split, and what made the features, as far as their files say it; :func:`summarize` makes
        a table of it.

    Raises:
        ValueError: If anything given is not valid; the message says what, and what to do.
    """
    check(missing in MISSING, "missing", f"one of {MISSING}", "build_hetero_data", missing)
    split = as_split(split, "build_hetero_data")
    positives = _check_positives(positives)
    features = check_features(features, "build_hetero_data")
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
        check_lacking(matrix, matrices[name].name, items.ids, missing)
    edges = labelled(replace(kept.table, user=user[kept.table.user], item=item[kept.table.item]), split)

    data = HeteroData()
    for node_type, ids in (("user", users.ids), ("item", items.ids)):
        data[node_type].num_nodes = len(ids)
        data[node_type].raw_id = ids
    for name, matrix in aligned.items():
        set_feature(data, name, matrix, shared=matrix is matrices[name].values)
    set_edges(data, edges)
    made_by = {name: matrix.made_by for name, matrix in matrices.items() if matrix.made_by is not None}
    said = {"rows": len(table), "steps": kept.steps, "split": split_name(split), "features": made_by}
    data[ORIGIN] = said
    validate_hetero_data(data)
    log_counts(data)
    return data


def _check_positives(positives: Positives | None) -> Positives:
    remedy = "Write positives=Positives(min_rating=4.0)."
    fine = positives is None or isinstance(positives, Positives)
    check(fine, "positives", "Positives", "build_hetero_data", positives, remedy)
    return positives or Positives()
