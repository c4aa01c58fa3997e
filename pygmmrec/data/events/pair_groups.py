"""The rows of a table by pair of user and item."""

from __future__ import annotations

import numpy as np

from pygmmrec.data.interactions import Interactions
from pygmmrec.data.values.column import factorize
from pygmmrec.data.values.order import order_by


class PairGroups:
    """Which rows are of one pair of user and item, P pairs in n rows.

    Args:
        interactions: The table.
        across_labels: Whether rows of one pair that have different split labels are of one group.

    Attributes:
        order: The rows by pair, and within it as they stand in the table, [n].
        start: Where each pair begins in ``order``, [P].
    """

    def __init__(self, interactions: Interactions, *, across_labels: bool) -> None:
        keys = [factorize(interactions.user)[1], factorize(interactions.item)[1]]
        if interactions.label is not None and not across_labels:
            keys.append(interactions.label)
        self.order = order_by(*keys)
        changes = np.zeros(max(len(self.order) - 1, 0), dtype=bool)
        for key in keys:
            ordered = key[self.order]
            changes |= ordered[1:] != ordered[:-1]
        self.start = np.flatnonzero(np.append(True, changes)[: len(self.order)])
        self._sizes = np.diff(self.start, append=len(self.order))

    def __len__(self) -> int:
        return len(self.start)

    def sums(self, rating: np.ndarray | None) -> np.ndarray:
        """The sum of each pair's ratings, or the number of its rows where there are none: [P] float64."""
        if rating is None or len(self) == 0:
            return self._sizes.astype(np.float64)
        return np.asarray(np.add.reduceat(rating[self.order].astype(np.float64), self.start))

    def on_rows(self, values: np.ndarray) -> np.ndarray:
        """A value of each pair, [P], at each of its rows: [n]."""
        spread = np.empty(len(self.order), dtype=values.dtype)
        spread[self.order] = np.repeat(values, self._sizes)
        return spread

    def earliest(self, time: np.ndarray | None) -> np.ndarray:
        """The earliest row of each pair, the first of several: [P]. Without times, [n], the first."""
        if time is None or len(self) == 0:
            return np.asarray(self.order[self.start])
        candidates, pair = self._at(np.minimum.reduceat(time[self.order], self.start), time)
        return np.asarray(candidates[np.append(True, pair[1:] != pair[:-1])])

    def latest(self, time: np.ndarray | None) -> np.ndarray:
        """The latest row of each pair, the last of several: [P]. Without times, [n], the last."""
        if time is None or len(self) == 0:
            return np.asarray(self.order[self.start + self._sizes - 1])
        candidates, pair = self._at(np.maximum.reduceat(time[self.order], self.start), time)
        return np.asarray(candidates[np.append(pair[1:] != pair[:-1], True)])

    def _at(self, moment: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows of each pair at a time of its own, [P], by pair; and their pairs."""
        pair = np.repeat(np.arange(len(self)), self._sizes)
        found = np.flatnonzero(time[self.order] == moment[pair])
        return self.order[found], pair[found]
