"""Which nodes have embeddings like those of some nodes."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from pygmmrec.kernels.ranking.inner_products import inner_products
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.serving.best import Best, best
from pygmmrec.utils.check import check, check_integer

Metric = Literal["cosine", "dot"]
METRICS = ("cosine", "dot")


def similar(x: Tensor, index: Tensor, k: int, metric: Metric, columns: Tensor | None = None) -> Best:
    """The most similar rows of some rows, without these themselves, a block at a time.

    Args:
        x: Embeddings.
        index: The rows that are asked about.
        k: How many for each.
        metric: ``cosine``, or ``dot`` for inner products.
        columns: The rows that may be answers, ascending. (default: ``None``, all)

    Shapes:
        x [N, D], index [B], columns [C]

    Raises:
        ValueError: If an argument is out of range.
    """
    k = check_integer(k, "k", "Served", at_least=1)
    check(metric in METRICS, "metric", f"one of {list(METRICS)}", "Served", metric)
    with torch.no_grad():
        x = unit_rows(x) if metric == "cosine" else x
        itself = index.unique().expand(2, -1)  # [2, b]
        return best(
            lambda block: inner_products(x[block], x), index, k, len(x), exclude=itself, columns=columns
        )
