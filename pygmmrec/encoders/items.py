"""The raw values of all items: which are missing, which are the same, and a digest of them all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np


class Items(ABC):
    """One raw value for each item, or none.

    Args:
        missing: Items that have no value, [N] bool.
        first: The first item of the same value, [N] int64.
        digest: Of all values, in their order.
    """

    def __init__(self, missing: np.ndarray, first: np.ndarray, digest: str) -> None:
        self.missing = missing
        self.first = first
        self.digest = digest

    def __len__(self) -> int:
        return len(self.missing)

    def distinct(self) -> np.ndarray:
        """An item for each value that is not missing, [n] int64: equal values are encoded once."""
        return np.flatnonzero((self.first == np.arange(len(self))) & ~self.missing)

    @abstractmethod
    def take(self, rows: np.ndarray) -> list[Any]:
        """The values of some items, in that order."""


def first_of_each(codes: np.ndarray) -> np.ndarray:
    """Where each code is found first, [N] int64, for codes of any type, [N]."""
    _, first, code = np.unique(codes, return_index=True, return_inverse=True)
    return first[code.reshape(-1)]
