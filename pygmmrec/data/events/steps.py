"""What was left out on the way from a table to a graph: logged, counted, and never everything."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import numpy as np

from pygmmrec.data.interactions import Interactions
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

Step = dict[str, str | int]
"""The name of a step, the reason why it leaves rows out, and how many ``rows`` those are; plain, for JSON."""


class Steps:
    """The steps that left rows out of a table, in their order.

    Args:
        num_rows: Rows of the table before the first of them.
        done: Steps that were before them.
    """

    def __init__(self, num_rows: int, done: Iterable[Step] = ()) -> None:
        self.num_rows = num_rows
        self.done: list[Step] = list(done)

    def keep(self, table: Interactions, mask: np.ndarray, step: str, reason: str) -> Interactions:
        """The rows of a mask, [n] bool; a log line counts the others.

        Args:
            table: The table, n rows.
            mask: Which of them stay.
            step: The argument that asks for it.
            reason: Why the others are left out, worded to follow "rows".

        Raises:
            ValueError: If none stays.
        """
        num_left = int(np.count_nonzero(mask))
        self.count(step, reason, len(table) - num_left, num_left)
        if num_left == len(table):
            return table
        logger.info("left out %d of %d rows %s", len(table) - num_left, len(table), reason)
        return table.take(mask)

    def count(self, step: str, reason: str, num_dropped: int, num_left: int) -> None:
        """Note rows that were left out or merged, if any.

        Raises:
            ValueError: If none is left.
        """
        if num_dropped == 0:
            return
        before = "; ".join(f"{each['step']!r} left out {each['rows']}" for each in self.done)
        remedy = f"Of {self.num_rows} rows, {before} before." if before else "Choose another value."
        value = f"{num_dropped} rows, all {reason}"
        check(num_left > 0, step, "one that leaves some row", "Positives", value, remedy)
        self.done.append({"step": step, "reason": reason, "rows": num_dropped})
