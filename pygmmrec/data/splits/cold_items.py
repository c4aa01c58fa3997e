"""A split in which some items have no training edge at all."""

from dataclasses import dataclass

import numpy as np

from pygmmrec.data.interactions import Interactions
from pygmmrec.data.values.column import factorize
from pygmmrec.utils.check import check


@dataclass(frozen=True)
class ColdItemSplit:
    """A random share of the items is held out whole, so that only its content can rank it.

    Half of these items, rounded down, validate, the others test; no item does both. All interactions of the
    other items train.

    Args:
        p: Share of the items that are held out.
        seed: Seed of the draw.

    Raises:
        ValueError: If ``p`` is not in (0, 1), or leaves validation, test or training without an item.
    """

    p: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        check(0 < self.p < 1, "p", "in (0, 1)", self, self.p)

    def __call__(self, interactions: Interactions) -> np.ndarray:
        """Labels of the rows, [n]."""
        ids, item = factorize(interactions.item)
        num_cold = round(self.p * len(ids))
        fine = 2 <= num_cold < len(ids)
        check(fine, "p", f"a share of the {len(ids)} items that leaves some for each part", self, self.p)
        cold = np.random.default_rng(self.seed).permutation(len(ids))[:num_cold]
        label = np.zeros(len(ids), dtype=np.int64)
        label[cold[: num_cold // 2]], label[cold[num_cold // 2 :]] = 1, 2
        return np.asarray(label[item])
