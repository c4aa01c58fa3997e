"""Pairs of nodes -> the edges of a graph: which train, which are held out, and both directions."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.data.interactions import Interactions
from pygmmrec.data.splits.split import Split
from pygmmrec.data.values.numbers import LABELS
from pygmmrec.data.values.order import order_by
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)


def labelled(table: Interactions, split: Split) -> Interactions:
    """The table with the labels of a split, sorted by user, then item."""
    label = split(table)
    given = f"{len(table)} rows, none of them for training"
    remedy = f"Label training rows {LABELS['train']}, or choose another split than {split!r}."
    trains = bool((label == LABELS["train"]).any())
    check(trains, "interactions", "a table with training rows", "build_hetero_data", given, remedy)
    return replace(table, label=label).take(order_by(table.user, table.item))


def set_edges(data: HeteroData, table: Interactions) -> None:
    """Store a labelled, sorted table of node indices as training edges, both ways, and held-out pairs."""
    for name, part in ((VALID, "valid"), (TEST, "test")):
        rows = np.flatnonzero(table.label == LABELS[part])
        data[INTERACTS][name] = _pairs(table.user.take(rows), table.item.take(rows))
    edges = table.part("train")
    by_item = order_by(edges.item)  # within it by user, as they are
    data[INTERACTS].edge_index = _pairs(edges.user, edges.item)
    data[REV_INTERACTS].edge_index = _pairs(edges.item.take(by_item), edges.user.take(by_item))
    for name in ("rating", "timestamp"):
        column = getattr(edges, name)
        if column is not None:
            data[INTERACTS][name] = torch.from_numpy(column)
            data[REV_INTERACTS][name] = torch.from_numpy(column.take(by_item))


def _pairs(first: np.ndarray, second: np.ndarray) -> Tensor:
    return torch.stack([torch.from_numpy(first), torch.from_numpy(second)])  # [2, E]


def log_counts(data: HeteroData) -> None:
    """Say how many users and items have no training edge, and how many held-out pairs are training edges."""
    edge_index, num_items = data[INTERACTS].edge_index, data["item"].num_nodes
    without = [_num_without(edge_index[i], data[kind].num_nodes) for i, kind in enumerate(("user", "item"))]
    logger.info("%d users and %d items have no training edge", *without)
    held_out = torch.cat([data[INTERACTS][VALID], data[INTERACTS][TEST]], dim=1)
    keys = [user * num_items + item for user, item in (edge_index, held_out)]
    place = torch.searchsorted(keys[0], keys[1]).clamp(max=len(keys[0]) - 1)  # training edges are sorted
    both = int((keys[0][place] == keys[1]).sum())
    if both:
        logger.info("%d held-out pairs are training edges too", both)


def _num_without(index: Tensor, num_nodes: int) -> int:
    there = torch.zeros(num_nodes, dtype=torch.bool)
    there[index] = True
    return num_nodes - int(there.sum())
