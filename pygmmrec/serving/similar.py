"""Which nodes have embeddings like those of some nodes."""

from __future__ import annotations

from threading import Lock
from typing import Literal

from torch import Tensor

from pygmmrec.kernels.ranking.inner_products import inner_products
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.serving.best import Best, best
from pygmmrec.utils.check import check, check_integer

Metric = Literal["cosine", "dot"]
METRICS = ("cosine", "dot")


class Alike:
    """Answers which rows are most similar to some rows. Rows of length one are computed once.

    Args:
        x: Embeddings, without gradient.

    Shapes:
        x [N, D]
    """

    def __init__(self, x: Tensor) -> None:
        self._x = x
        self._unit: Tensor | None = None
        self._lock = Lock()

    def __call__(self, index: Tensor, k: int, metric: Metric, columns: Tensor | None = None) -> Best:
        """The most similar rows of some rows, without these themselves, a block at a time.

        Args:
            index: The rows that are asked about.
            k: How many for each.
            metric: ``cosine``, or ``dot`` for inner products.
            columns: The rows that may be answers, ascending. (default: ``None``, all)

        Shapes:
            index [B], columns [C]

        Raises:
            ValueError: If an argument is out of range.
        """
        k = check_integer(k, "k", "Served", at_least=1)
        check(metric in METRICS, "metric", f"one of {list(METRICS)}", "Served", metric)
        x = self._unit_rows() if metric == "cosine" else self._x
        itself = index.unique().expand(2, -1)  # [2, b]
        return best(
            lambda block: inner_products(x[block], x), index, k, len(x), exclude=itself, columns=columns
        )

    def _unit_rows(self) -> Tensor:
        with self._lock:
            if self._unit is None:
                self._unit = unit_rows(self._x)
            return self._unit
