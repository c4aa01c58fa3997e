"""Which rows are interactions, where a table holds ratings and nobody says which of them count."""

from __future__ import annotations

import logging

from pygmmrec.data.events.steps import Steps
from pygmmrec.data.interactions import Interactions
from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)


def without_zeros(interactions: Interactions, steps: Steps) -> Interactions:
    """The rows without those rated zero, which say that there was no interaction; a warning counts them.

    Args:
        interactions: The table.
        steps: Notes how many they are.

    Raises:
        ValueError: If a rating is below zero, which could be a dislike as well as a scale of its own, or all
            are zero.
    """
    rating, num_rows, where = interactions.rating, len(interactions), "build_hetero_data"
    if rating is None:
        return interactions
    keep = "keep all rows by Columns(rating=None)"
    remedy = f"Say which count by Positives(min_rating=...), move the scale above zero, or {keep}."
    below = few(rating[rating < 0].tolist())
    requirement = "zero (no interaction) or above (one) in each row"
    check(not below, "rating", requirement, where, below, remedy)
    zeros = int((rating == 0).sum())
    some = zeros < num_rows or zeros == 0
    check(some, "rating", "above zero in some row", where, f"{zeros} rows of zero", remedy)
    if zeros == 0:
        return interactions
    counts = f"{zeros} of {num_rows} rows"
    logger.warning(
        "left out %s whose rating is zero: they say that there was no interaction; %s", counts, keep
    )
    steps.count("rating", "whose rating is zero", zeros, num_rows - zeros)
    return interactions.take(rating > 0)
