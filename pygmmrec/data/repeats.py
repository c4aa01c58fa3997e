"""Merges the rows of a table that say the same thing twice."""

import logging

import numpy as np

from pygmmrec.data.interactions import Interactions
from pygmmrec.data.values.column import factorize
from pygmmrec.data.values.order import order_by

logger = logging.getLogger(__name__)


def merge_repeats(interactions: Interactions, *, across_labels: bool) -> Interactions:
    """One row per pair of user and item: the earliest, or the first where there is no timestamp.

    Args:
        interactions: The table; its other rows keep their order.
        across_labels: Whether to merge rows of one pair that have different split labels too.
    """
    user, item = factorize(interactions.user)[1], factorize(interactions.item)[1]
    label, time = interactions.label, interactions.timestamp
    if label is None or across_labels:
        label = np.zeros_like(user)
    order = order_by(user, item, label)
    keys = [key[order] for key in (user, item, label)]
    first = np.append(True, np.logical_or.reduce([key[1:] != key[:-1] for key in keys]))[: len(order)]
    if first.all():
        return interactions
    kept = order[first] if time is None else order[_earliest(time[order], first)]
    logger.info("merged %d rows that repeat a pair of user and item", len(interactions) - len(kept))
    return interactions.take(np.sort(kept))


def _earliest(time: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Of each group of rows the earliest, or the first of several: positions [number of groups].

    Args:
        time: Of each row, [n].
        first: Whether a row begins a group, [n].
    """
    least = np.minimum.reduceat(time, np.flatnonzero(first))
    group = np.cumsum(first) - 1
    earliest = np.flatnonzero(time == least[group])
    return earliest[np.unique(group[earliest], return_index=True)[1]]
