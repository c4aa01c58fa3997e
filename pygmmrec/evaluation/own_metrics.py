"""Metrics of one's own: any function of recommended lists and relevant items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from pygmmrec.kernels.ranking.pairs import among
from pygmmrec.utils.check import check

Metric: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""From lists [B, k], best first, -1 where one runs short, and relevant items as pairs of a list and an item,
[2, n], to a value for each list, [B]."""

Metrics: TypeAlias = Sequence[Metric] | Mapping[str, Metric]
"""Metrics by the names of the functions, or by names of their own."""


def hits(recommended: Tensor, relevant: Tensor) -> Tensor:
    """Which places of lists hold a relevant item.

    Args:
        recommended: The lists; -1 is no item.
        relevant: Pairs of a list and an item.

    Shapes:
        recommended [B, k], relevant [2, n] -> bool [B, k]
    """
    row = torch.arange(recommended.size(0)).repeat_interleave(recommended.size(1))  # [B k]
    pairs = torch.stack([row.to(recommended.device), recommended.flatten() + 1])  # [2, B k]
    shifted = torch.stack([relevant[0], relevant[1] + 1])
    num_items = int(torch.cat([pairs[1], shifted[1]]).max()) + 1 if pairs.numel() else 1
    return among(pairs, shifted, num_items).view_as(recommended)


def named_metrics(metrics: Metrics) -> dict[str, Metric]:
    """Metrics by name.

    Raises:
        ValueError: If one cannot be called, two have one name, or a name has an ``@`` or is none.
    """
    where = "metrics"
    named = list(metrics.items()) if isinstance(metrics, Mapping) else [
        (getattr(each, "__name__", ""), each) for each in metrics
    ]  # fmt: skip
    for name, function in named:
        wanted = "functions of lists and relevant items"
        check(callable(function), "metrics", wanted, where, function)
        fine = isinstance(name, str) and name.isidentifier()
        remedy = "Name it: metrics={'mine': function}"
        check(fine, "metrics", "functions with a name", where, name or function, remedy)
    names = [name for name, _ in named]
    check(len(set(names)) == len(names), "metrics", "of different names", where, names)
    return dict(named)


class OwnMetric:
    """One metric at one list length: its values, in the order of the lists.

    Args:
        name: What it is called.
        metric: The function.
        k: List length.
    """

    def __init__(self, name: str, metric: Metric, k: int) -> None:
        self._name, self._metric, self._k = name, metric, k
        self.kept: list[Tensor] = []

    def update(self, recommended: Tensor, relevant: Tensor) -> None:
        """Take in a block of lists.

        Shapes:
            recommended [B, K], relevant [2, n]

        Raises:
            ValueError: If the function does not give a number for each list.
        """
        value = self._metric(recommended[:, : self._k], relevant)
        size = recommended.size(0)
        fits = isinstance(value, Tensor) and value.shape == (size,)
        given = list(value.shape) if isinstance(value, Tensor) else value
        check(fits, self._name, f"a metric with a value for each list, [{size}]", "metrics", given)
        finite = bool(value.isfinite().all())
        check(finite, self._name, "a metric that is finite for each list", "metrics", value)
        self.kept.append(value.double())

    def compute(self) -> Tensor:
        """The average."""
        return torch.cat(self.kept).mean()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r}, k={self._k})"
