"""The matrix that batches fill, in memory."""

from __future__ import annotations

import numpy as np


class Rows:
    """Rows of all items.

    Attributes:
        matrix: [N, ...] float32, NaN where nothing is yet; ``None`` until :meth:`create`.
        done: Number of batches that are in it.
    """

    def __init__(self) -> None:
        self.matrix: np.ndarray | None = None
        self.done = 0

    def create(self, shape: tuple[int, ...]) -> np.ndarray:
        """The matrix, of NaN."""
        self.matrix = np.full(shape, np.nan, dtype=np.float32)
        return self.matrix

    def note(self) -> None:
        """One more batch is done."""
        self.done += 1
