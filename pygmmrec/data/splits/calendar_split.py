"""A split at moments of the calendar, the same for all users."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pygmmrec.data.interactions import Interactions
from pygmmrec.data.moment import Moment, moment_among, moment_number
from pygmmrec.data.splits.split import timestamps
from pygmmrec.data.values.numbers import LABELS
from pygmmrec.utils.check import check


@dataclass(frozen=True)
class CalendarSplit:
    """What happened from one moment on validates, what happened from another on tests; the rest trains.

    As in ``CalendarSplit(valid="2024-01-01", test="2024-02-01")``. A row at a moment belongs behind it.

    Args:
        valid: When validation begins; None validates nothing. A number in the unit of the table's times, or a
            date, see :data:`~pygmmrec.data.moment.Moment`.
        test: When the test begins, after ``valid``; None tests nothing.

    Raises:
        ValueError: If neither is given, one is no moment, they are not in this order, or (when called) a part
            has no row.
    """

    valid: Moment | None = None
    test: Moment | None = None

    def __post_init__(self) -> None:
        remedy = "Write CalendarSplit(valid='2024-01-01', test='2024-02-01')."
        check(len(self._cuts()) > 0, "test", "given where 'valid' is not", self, None, remedy)
        numbers = [moment_number(moment, name, self) for name, moment in self._cuts().items()]
        ascending = len(numbers) == 1 or numbers[0] < numbers[1]
        check(ascending, "test", f"after 'valid', {self.valid!r}", self, self.test)

    def __call__(self, interactions: Interactions) -> np.ndarray:
        """Labels of the rows, [n]."""
        time = timestamps(interactions, self, "Name its column with Columns(timestamp=...).")
        label = np.zeros(len(time), dtype=np.int64)
        for name, moment in self._cuts().items():
            label[time >= moment_among(moment, time, name, self)] = LABELS[name]
        for name, moment in self._cuts().items():
            some = len(time) == 0 or bool((label == LABELS[name]).any())
            value = f"{moment!r}, and times from {time.min()} to {time.max()}" if not some else moment
            check(some, name, "a moment from which on something happened", self, value)
        return label

    def _cuts(self) -> dict[str, Moment]:
        cuts = {"valid": self.valid, "test": self.test}
        return {name: moment for name, moment in cuts.items() if moment is not None}
