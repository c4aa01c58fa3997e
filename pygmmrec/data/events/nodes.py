"""Steps that look at all rows of a user or an item together."""

from __future__ import annotations

import numpy as np

from pygmmrec.data.events.k_core import k_core
from pygmmrec.data.events.pair_groups import PairGroups
from pygmmrec.data.events.steps import Steps
from pygmmrec.data.interactions import Interactions
from pygmmrec.utils.check import check


def sampled(table: Interactions, num_users: int | None, seed: int, steps: Steps) -> Interactions:
    """The rows of some users, who are drawn among those that have a row.

    Args:
        table: Its users are small integers.
        num_users: How many; ``None`` keeps all.
        seed: Seed of the draw.
        steps: Notes how many rows are left out.

    Raises:
        ValueError: If there are not so many.
    """
    if num_users is None:
        return table
    there = np.flatnonzero(np.bincount(table.user))
    requirement = f"at most {len(there)}, the users that are left"
    check(num_users <= len(there), "num_users", requirement, "Positives", num_users)
    drawn = np.random.default_rng(seed).permutation(there)[:num_users]
    mask = np.zeros(int(table.user.max()) + 1, dtype=bool)
    mask[drawn] = True
    reason = f"of users outside a sample of {num_users}, seed {seed}"
    return steps.keep(table, mask[table.user], "num_users", reason)


def cored(table: Interactions, k: int | tuple[int, int] | None, steps: Steps) -> Interactions:
    """The rows of the k-core, see :func:`~pygmmrec.data.events.k_core.k_core`; a pair counts once.

    Args:
        table: Its users and items are small integers.
        k: Fewest items of a user and users of an item, or both by themselves; ``None`` keeps all.
        steps: Notes how many rows are left out.

    Raises:
        ValueError: If the core is empty.
    """
    if k is None:
        return table
    k = (k, k) if isinstance(k, int) else k
    groups = PairGroups(table, across_labels=True)
    one = groups.order[groups.start]  # a row of each pair
    mask = groups.on_rows(k_core(table.user[one], table.item[one], k))
    reason = f"of users with fewer than {k[0]} items, or items with fewer than {k[1]} users"
    return steps.keep(table, mask, "k_core", reason)
