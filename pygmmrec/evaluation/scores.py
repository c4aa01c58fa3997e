"""Averaged metrics, and what they are of."""

from __future__ import annotations

from collections.abc import Mapping

from pygmmrec.evaluation.held_out import Counts


class Scores(dict[str, float]):
    """Metrics by name, such as ``recall@20``, with the users and pairs that they are of as :attr:`counts`.

    Args:
        values: Name to average.
        counts: Users evaluated and left out, pairs held out, repeated and met in training.
    """

    def __init__(self, values: Mapping[str, float], counts: Counts) -> None:
        super().__init__(values)
        self.counts = counts
