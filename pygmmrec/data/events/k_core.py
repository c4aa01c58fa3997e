"""The largest part of a table in which every user and every item has enough interactions."""

from __future__ import annotations

import numpy as np

from pygmmrec.data.values.order import order_by


def k_core(user: np.ndarray, item: np.ndarray, k: tuple[int, int]) -> np.ndarray:
    """Which pairs are in the k-core: users and items with too few pairs are left out, again and again, until
    nobody has too few. The outcome does not depend on the order. (`Seidman, 1983
    <https://doi.org/10.1016/0378-8733(83)90028-X>`_)

    The time grows with the number of pairs, in whichever order they fall.

    Args:
        user: Users as small integers; no pair is there twice.
        item: Their items, likewise.
        k: Fewest pairs of a user, and of an item.

    Returns:
        A mask of the pairs.

    Shapes:
        user, item, and the mask [n]
    """
    sides = (_Side(user, k[0]), _Side(item, k[1]))
    kept = np.ones(len(user), dtype=bool)
    while sides[0].falls.size > 0 or sides[1].falls.size > 0:
        for side, other in (sides, sides[::-1]):
            pairs = side.pairs_of_fallen()
            pairs = pairs[kept[pairs]]
            kept[pairs] = False
            other.lose(pairs)
    return kept


class _Side:
    """The users, or the items, with their pairs."""

    def __init__(self, node: np.ndarray, k: int) -> None:
        self.node, self.k = node, k  # [n]
        self.degree = np.bincount(node)  # [N], of the pairs that are left
        self.by_node = order_by(node)  # [n]
        self.size = self.degree.copy()
        self.start = np.cumsum(self.size) - self.size
        self.gone = self.degree < k
        self.falls = np.flatnonzero(self.gone)

    def pairs_of_fallen(self) -> np.ndarray:
        """All pairs of the nodes that fall now."""
        size = self.size[self.falls]
        shift = self.start[self.falls] - (np.cumsum(size) - size)
        self.falls = self.falls[:0]
        return self.by_node[np.repeat(shift, size) + np.arange(int(size.sum()))]

    def lose(self, pairs: np.ndarray) -> None:
        """The nodes of these pairs have them no longer; some of them fall next."""
        touched = self.node[pairs]
        np.subtract.at(self.degree, touched, 1)
        low = touched[(self.degree[touched] < self.k) & ~self.gone[touched]]
        falls = np.unique(low)
        self.gone[falls] = True
        self.falls = np.concatenate([self.falls, falls])
