"""Merges the rows of a table that say the same thing twice."""

import logging

import numpy as np

from pygmmrec.data.interactions import Interactions
from pygmmrec.data.values.column import factorize

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
    order = np.lexsort((np.zeros_like(user) if time is None else time, label, item, user))
    keys = np.stack([user, item, label])[:, order]
    first = np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0))[: len(order)]
    kept = np.sort(order[first])
    if len(kept) < len(interactions):
        logger.info("merged %d rows that repeat a pair of user and item", len(interactions) - len(kept))
    return interactions.take(kept)
