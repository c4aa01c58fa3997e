"""Which rows of a table are interactions, where it holds ratings."""

from __future__ import annotations

import logging

from pygmmrec.data.interactions import Interactions
from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)


def positives(interactions: Interactions) -> Interactions:
    """The rows without those rated zero, which say that there was no interaction; a warning counts them.

    Raises:
        ValueError: If a rating is below zero, which could be a dislike as well as a scale of its own.
    """
    rating = interactions.rating
    if rating is None:
        return interactions
    keep = "keep all rows by Columns(rating=None)"
    remedy = f"Drop the rows that are no interactions, move the scale above zero, or {keep}."
    below = few(rating[rating < 0].tolist())
    check(
        not below,
        "rating",
        "zero (no interaction) or above (one) in each row",
        "build_hetero_data",
        below,
        remedy,
    )
    zeros = int((rating == 0).sum())
    some = zeros < len(interactions) or zeros == 0
    check(some, "rating", "above zero in some row", "build_hetero_data", f"{zeros} rows of zero", remedy)
    if zeros:
        counts = f"{zeros} of {len(interactions)} rows"
        logger.warning(
            "left out %s whose rating is zero: they say that there was no interaction; %s", counts, keep
        )
        return interactions.take(rating > 0)
    return interactions
