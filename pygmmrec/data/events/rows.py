"""Steps that look at each row of a table by itself: when it was, what a rule says of it, how it is rated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from pygmmrec.data.events.steps import Steps
from pygmmrec.data.interactions import Interactions
from pygmmrec.data.moment import Moment, moment_among
from pygmmrec.utils.check import check

Rule: TypeAlias = Callable[[Interactions], Any]
"""Takes a table with its raw ids and says of each row whether it counts, [n] bool."""

WHERE = "Positives"


def within(table: Interactions, since: Moment | None, until: Moment | None, steps: Steps) -> Interactions:
    """The rows at ``since`` or later, and before ``until``; ``None`` is no limit.

    Raises:
        ValueError: If the table has no times, a limit is a date and its times are none, or no row is left.
    """
    if since is not None:
        first = moment_among(since, table.timestamp, "since", WHERE)
        table = steps.keep(table, np.asarray(table.timestamp) >= first, "since", f"before {since}")
    if until is not None:
        end = moment_among(until, table.timestamp, "until", WHERE)
        table = steps.keep(table, np.asarray(table.timestamp) < end, "until", f"at {until} or later")
    return table


def ruled(table: Interactions, rule: Rule | None, steps: Steps) -> Interactions:
    """The rows of which a rule says ``True``.

    Raises:
        ValueError: If it does not say ``True`` or ``False`` of each, or no row is left.
    """
    if rule is None:
        return table
    mask = np.asarray(rule(table))
    fine = mask.dtype == bool and mask.shape == (len(table),)
    requirement = f"a function that gives a bool for each of the {len(table)} rows"
    check(fine, "rule", requirement, WHERE, f"{mask.dtype} {list(mask.shape)}")
    name = getattr(rule, "__qualname__", type(rule).__name__)
    return steps.keep(table, mask, "rule", f"of which {name} says False")


def rated(table: Interactions, min_rating: float | None, steps: Steps) -> Interactions:
    """The rows that are rated so or higher.

    Raises:
        ValueError: If the table has no ratings, or no row is left.
    """
    if min_rating is None:
        return table
    remedy = "Name their column with Columns(rating=...)."
    has = table.rating is not None
    check(has, "min_rating", "left out for a table without ratings", WHERE, min_rating, remedy)
    return steps.keep(
        table, np.asarray(table.rating) >= min_rating, "min_rating", f"rated below {min_rating:g}"
    )
