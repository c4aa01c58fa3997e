"""Merges the rows of a table that say the same thing twice."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Literal, TypeAlias

from pygmmrec.data.events.pair_groups import PairGroups
from pygmmrec.data.interactions import Interactions
from pygmmrec.data.values.order import order_by

logger = logging.getLogger(__name__)

Repeats: TypeAlias = Literal["earliest", "latest", "sum"]


def merge_repeats(
    interactions: Interactions, *, across_labels: bool, repeats: Repeats = "earliest"
) -> Interactions:
    """One row per pair of user and item.

    Args:
        interactions: The table; the rows that stay keep their order.
        across_labels: Whether to merge rows of one pair that have different split labels too.
        repeats: Which row stays: the ``earliest``, the first where there is no timestamp; or the ``latest``,
            the last there. ``sum`` keeps the latest, since the sum is not known before, with the sum of all
            ratings as its rating, or with the number of rows where there are none. (default: ``earliest``)
    """
    groups = PairGroups(interactions, across_labels=across_labels)
    if len(groups) == len(interactions) and repeats != "sum":
        return interactions
    time = interactions.timestamp
    kept = groups.earliest(time) if repeats == "earliest" else groups.latest(time)
    if len(kept) < len(interactions):
        logger.info("merged %d rows that repeat a pair of user and item", len(interactions) - len(kept))
    order = order_by(kept)
    merged = interactions.take(kept[order])
    return merged if repeats != "sum" else replace(merged, rating=groups.sums(interactions.rating)[order])
