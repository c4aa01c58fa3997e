"""Splits: which interactions train, which choose (valid) and which are scored once (test).

A split is called with :class:`~pygmmrec.data.Interactions` (whose ids are node indices by then) and
gives one label per row, int64: 0 train, 1 valid, 2 test. Its repr shows every argument, because
dataset caches are keyed by it. Other files have more of them; :mod:`.named_splits` lists their names.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pygmmrec.data.interactions import Interactions
from pygmmrec.data.splits.user_ranks import drawn_ranks, latest_ranks
from pygmmrec.utils.check import check

Split = Callable[[Interactions], np.ndarray]
"""Anything that labels the rows of a table."""


@dataclass(frozen=True)
class GivenSplit:
    """The labels that the table holds."""

    def __call__(self, interactions: Interactions) -> np.ndarray:
        """Labels of the rows, [n]."""
        label = interactions.label
        remedy = "Name the column with Columns(label=...), or choose another split."
        check(label is not None, "interactions", "a table with split labels", self, interactions, remedy)
        return np.asarray(label)


@dataclass(frozen=True)
class _Ratios:
    """Parts of train, valid and test; they sum to one."""

    ratios: tuple[float, float, float] = (0.8, 0.1, 0.1)

    def __post_init__(self) -> None:
        ratios = self.ratios
        fine = len(ratios) == 3 and min(ratios) >= 0 and ratios[0] > 0 and abs(sum(ratios) - 1) < 1e-6
        requirement = "three parts (train, valid, test) that sum to one, the first above zero"
        check(fine, "ratios", requirement, self, ratios)


@dataclass(frozen=True)
class RatioSplit(_Ratios):
    """A random split of each user's interactions, the field's 8:1:1.

    Of a user's ``n`` interactions ``int((valid + test) * n)`` are held out, and of those the part
    ``valid / (valid + test)``, rounded down, is for validation. Where that leaves validation or
    test without a row (below ten interactions at 8:1:1) each gets exactly one, if the user then
    has one left to train on; a user with fewer interactions only trains.

    Args:
        ratios: Parts of train, valid and test; they sum to one.
        seed: Seed of the draw.
    """

    seed: int = 0

    def __call__(self, interactions: Interactions) -> np.ndarray:
        """Labels of the rows, [n]."""
        rank, count = drawn_ranks(interactions.user, self.seed)
        held, for_valid = _num_held_out(count, self.ratios)
        return np.select([rank < for_valid, rank < held], [1, 2], 0).astype(np.int64)


@dataclass(frozen=True)
class UserTemporalSplit(_Ratios):
    """Each user's last interactions are held out: the very last for test, those before them for validation.

    As many as :class:`RatioSplit` holds out, so that each user with three interactions or more is in every
    part. Of one timestamp, rows count as later the lower they stand. A model sees the future of some users
    while it is asked about the past of others; :class:`TemporalSplit` and :class:`CalendarSplit` cut the time
    of all users at once.

    Args:
        ratios: Parts of train, valid and test; they sum to one.
    """

    def __call__(self, interactions: Interactions) -> np.ndarray:
        """Labels of the rows, [n]."""
        time = timestamps(interactions, self, "Name its column with Columns(timestamp=...).")
        rank, count = latest_ranks(interactions.user, time)
        held, for_valid = _num_held_out(count, self.ratios)
        return np.select([rank < held - for_valid, rank < held], [2, 1], 0).astype(np.int64)


@dataclass(frozen=True)
class LeaveOneOut:
    """Each user's last interaction is for test, the one before it for validation.

    Users with fewer than three interactions only train.

    Args:
        seed: None for the order of the timestamps (ties in the order of the rows), else the seed of
            a random order.
    """

    seed: int | None = None

    def __call__(self, interactions: Interactions) -> np.ndarray:
        """Labels of the rows, [n]."""
        if self.seed is None:
            time = timestamps(interactions, self, "Give a seed for a random order.")
            rank, count = latest_ranks(interactions.user, time)
        else:
            rank, count = drawn_ranks(interactions.user, self.seed)
        return np.select([count < 3, rank == 0, rank == 1], [0, 2, 1], 0).astype(np.int64)


@dataclass(frozen=True)
class TemporalSplit(_Ratios):
    """Everybody's past trains, everybody's future is held out: two cuts in global time.

    The cuts are where these parts of all rows lie behind them; :class:`CalendarSplit` says when they are, and
    :class:`UserTemporalSplit` cuts the time of each user. Rows of one timestamp are never torn apart, they
    all fall behind the cut.

    Args:
        ratios: Parts of train, valid and test; they sum to one.
    """

    def __call__(self, interactions: Interactions) -> np.ndarray:
        """Labels of the rows, [n]."""
        time = timestamps(interactions, self, "Name its column with Columns(timestamp=...).")
        ordered = np.sort(time)
        label = np.zeros(len(time), dtype=np.int64)
        for part in (self.ratios[0], self.ratios[0] + self.ratios[1]):
            cut = int(np.floor(part * len(time) + 1e-9))
            if cut < len(time):
                label += time >= ordered[cut]
        return label


def _num_held_out(count: np.ndarray, ratios: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """How many of a user's interactions are held out, and how many of those validate, as in `RatioSplit`."""
    _, valid, test = ratios
    parts = int(valid > 0) + int(test > 0)
    held = np.floor((valid + test) * count + 1e-9).astype(np.int64)
    held = np.where(count > parts, np.maximum(held, parts), 0)
    share = valid / (valid + test) if parts else 0.0
    for_valid = np.floor(share * held + 1e-9).astype(np.int64)
    return held, np.clip(for_valid, int(valid > 0) * (held > 0), held - int(test > 0) * (held > 0))


def timestamps(interactions: Interactions, where: object, remedy: str) -> np.ndarray:
    """The times of a table, [n].

    Args:
        interactions: The table.
        where: Who asks, for errors.
        remedy: What to do where it has none.

    Raises:
        ValueError: If it has none.
    """
    time = interactions.timestamp
    check(time is not None, "interactions", "a table with timestamps", where, interactions, remedy)
    return np.asarray(time)
