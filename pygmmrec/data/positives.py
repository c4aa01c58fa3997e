"""Which rows of a table of events become pairs of users and items to learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_args

import numpy as np

from pygmmrec.data.events.nodes import cored, sampled
from pygmmrec.data.events.pairs import OnRepeats, counted, merged
from pygmmrec.data.events.ratings import without_zeros
from pygmmrec.data.events.rows import Rule, rated, ruled, within
from pygmmrec.data.events.steps import Step, Steps
from pygmmrec.data.interactions import Interactions
from pygmmrec.data.moment import Moment, moment_number
from pygmmrec.data.values.column import factorize
from pygmmrec.utils.check import check, check_integer, check_number, check_seed


class Kept(NamedTuple):
    """The positives of a table.

    Args:
        table: Its users and items are positions in the ids below.
        user_ids: Raw ids of the users that are there, sorted where they can be.
        item_ids: Likewise.
        steps: What was left out on the way.
    """

    table: Interactions
    user_ids: np.ndarray
    item_ids: np.ndarray
    steps: list[Step]


@dataclass(frozen=True, kw_only=True)
class Positives:
    """What counts as an interaction. The steps act in the order of the arguments; a log line counts what each
    leaves out.

    Users and items of which no row is left are not in the graph, unless ``user_ids``, ``item_ids`` or the
    features name them. Without ``min_rating``, rows rated zero are left out too, since they say that there
    was no interaction, and ratings below zero are an error; their users and items stay there until
    ``min_count``, ``num_users`` or ``k_core`` look at what is left.

    Args:
        since: Rows before this moment are left out: a number in the unit of the table's times, or a date,
            see :data:`~pygmmrec.data.moment.Moment`. (default: ``None``)
        until: Rows at this moment or later are left out. (default: ``None``)
        rule: Rows of which this function of the table, whose ids are raw, says ``False`` are left out, as in
            ``lambda table: table.rating >= 3``. (default: ``None``)
        min_rating: Rows rated below are left out. (default: ``None``)
        min_count: Pairs whose ratings add up to less are left out; without ratings, those with fewer rows.
            In a split that is given, each part adds up its own. (default: ``None``)
        repeats: Which row of a repeated pair stays: the ``earliest``, or the ``latest``. ``sum`` keeps the
            latest, with the sum of the pair's ratings as its rating, or with the number of its rows where
            there are none. ``error`` refuses them. A pair repeats within a part of a split that is given, and
            in the whole table otherwise. (default: ``earliest``)
        num_users: A sample of the users that are left, who are drawn by ``seed``. (default: ``None``)
        seed: Seed of that draw. (default: ``0``)
        k_core: Fewest items of a user, and users of an item, or both, as in ``(5, 3)``: who has fewer is left
            out, until nobody has. Items of the features that are not in the core are left out as well, unless
            ``item_ids`` names them. ``1`` leaves out who has none. (default: ``None``)

    Raises:
        ValueError: If an argument is not valid; when it is applied, also if the table lacks the column that a
            step asks for, or a step leaves nothing.
    """

    since: Moment | None = None
    until: Moment | None = None
    rule: Rule | None = None
    min_rating: float | None = None
    min_count: float | None = None
    repeats: OnRepeats = "earliest"
    num_users: int | None = None
    seed: int = 0
    k_core: int | tuple[int, int] | None = None

    def __post_init__(self) -> None:
        ends = [
            (name, moment)
            for name, moment in (("since", self.since), ("until", self.until))
            if moment is not None
        ]
        numbers = [moment_number(moment, name, self) for name, moment in ends]
        ascending = len(numbers) < 2 or numbers[0] < numbers[1]
        check(ascending, "until", f"after 'since', {self.since!r}", self, self.until)
        remedy = "Write rule=lambda table: table.rating >= 3."
        check(
            self.rule is None or callable(self.rule),
            "rule",
            "a function of the table",
            self,
            self.rule,
            remedy,
        )
        known = get_args(OnRepeats)
        check(self.repeats in known, "repeats", f"one of {known}", self, self.repeats)
        for name in ("min_rating", "min_count"):
            if getattr(self, name) is not None:
                self._set(name, check_number(getattr(self, name), name, self))
        if self.num_users is not None:
            self._set("num_users", check_integer(self.num_users, "num_users", self, at_least=1))
        self._set("seed", check_seed(self.seed, "seed", self))
        if self.k_core is not None:
            self._set("k_core", self._checked_core(self.k_core))

    def _checked_core(self, k: Any) -> int | tuple[int, int]:
        if not isinstance(k, tuple | list):
            return check_integer(k, "k_core", self, at_least=1)
        check(len(k) == 2, "k_core", "an integer, or (users, items)", self, k)
        users, items = (check_integer(each, "k_core", self, at_least=1) for each in k)
        return users, items

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def __call__(self, events: Interactions, *, across_labels: bool = True) -> Kept:
        """The pairs of a table of events.

        Args:
            events: The table, with raw ids.
            across_labels: Whether rows of different split labels are of one pair. (default: ``True``)
        """
        steps = Steps(len(events))
        table = within(events, self.since, self.until, steps)
        table = rated(ruled(table, self.rule, steps), self.min_rating, steps)
        (user_ids, user), (item_ids, item) = factorize(table.user), factorize(table.item)
        table = replace(table, user=user, item=item)
        if self.min_rating is None:
            table = without_zeros(table, steps)
        table = counted(table, self.min_count, across_labels, steps)
        table = merged(table, self.repeats, across_labels, steps, user_ids, item_ids)
        table = cored(sampled(table, self.num_users, self.seed, steps), self.k_core, steps)
        if any(each is not None for each in (self.min_count, self.num_users, self.k_core)):
            (users, user), (items, item) = factorize(table.user), factorize(table.item)
            table, user_ids, item_ids = replace(table, user=user, item=item), user_ids[users], item_ids[items]
        return Kept(table, user_ids, item_ids, steps.done)
