"""Steps that look at all rows of a pair of user and item together."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from pygmmrec.data.events.pair_groups import PairGroups
from pygmmrec.data.events.repeats import merge_repeats
from pygmmrec.data.events.steps import Steps
from pygmmrec.data.interactions import Interactions
from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check

OnRepeats: TypeAlias = Literal["earliest", "latest", "sum", "error"]


def counted(table: Interactions, min_count: float | None, across_labels: bool, steps: Steps) -> Interactions:
    """The rows of pairs whose ratings add up to so much, or that have so many rows where there are none.

    Raises:
        ValueError: If no row is left.
    """
    if min_count is None:
        return table
    groups = PairGroups(table, across_labels=across_labels)
    enough = groups.sums(table.rating).astype(np.float32) >= min_count  # [P]; ratings are float32
    few_rows = f"of pairs that are there fewer than {min_count:g} times"
    reason = few_rows if table.rating is None else f"of pairs whose ratings add up to less than {min_count:g}"
    return steps.keep(table, groups.on_rows(enough), "min_count", reason)


def merged(
    table: Interactions,
    repeats: OnRepeats,
    across_labels: bool,
    steps: Steps,
    user_ids: np.ndarray,
    item_ids: np.ndarray,
) -> Interactions:
    """One row of each pair, see :func:`~pygmmrec.data.events.repeats.merge_repeats`.

    Args:
        table: Its users and items are positions in the ids.
        repeats: As there, or ``error``.
        across_labels: As there.
        steps: Notes how many rows were merged.
        user_ids: Raw ids, for the error.
        item_ids: Likewise.

    Raises:
        ValueError: If a pair repeats although ``repeats`` is ``error``.
    """
    if repeats == "error":
        groups = PairGroups(table, across_labels=across_labels)
        rest = np.delete(groups.order, groups.start)
        pairs = list(zip(user_ids[table.user[rest[:6]]], item_ids[table.item[rest[:6]]], strict=True))
        requirement, remedy = (
            "free of repeated pairs where 'repeats' is 'error'",
            "Choose what becomes of them.",
        )
        check(rest.size == 0, "interactions", requirement, "Positives", few(pairs), remedy)
        return table
    out = merge_repeats(table, across_labels=across_labels, repeats=repeats)
    steps.count("repeats", "that repeat a pair", len(table) - len(out), len(out))
    return out
