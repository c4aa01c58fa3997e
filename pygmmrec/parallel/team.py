"""What the processes of a run do together, and what only the first of them does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch.distributed as dist
from torch.utils._pytree import tree_map

from pygmmrec.kernels.columns.column_shard import whole
from pygmmrec.kernels.columns.ranks import Ranks

T = TypeVar("T")


class Team:
    """The processes of a run; one process is a team of its own, in which nothing is divided.

    Args:
        ranks: Who holds columns together. (default: nobody)
    """

    def __init__(self, ranks: Ranks | None = None) -> None:
        self.ranks = ranks

    @property
    def size(self) -> int:
        """How many processes there are."""
        return 1 if self.ranks is None else self.ranks.size

    @property
    def is_first(self) -> bool:
        """Whether this process writes, logs and shows the bar."""
        return self.ranks is None or self.ranks.rank == 0

    def from_first(self, make: Callable[[], T]) -> T:
        """What the first process makes, in all of them; only its files and its names count."""
        if self.ranks is None:
            return make()
        made: list[Any] = [make() if self.is_first else None]
        first = dist.get_global_rank(self.ranks.group, 0)
        dist.broadcast_object_list(made, src=first, group=self.ranks.group)
        found: T = made[0]
        return found

    def whole(self, tree: T) -> T:
        """Nested values in which every table is whole, as in a file. All processes call this."""
        wholes: T = tree_map(whole, tree)
        return wholes

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Only the first process logs."""
        logger = logging.getLogger(__name__.partition(".")[0])
        before = logger.level
        if not self.is_first:
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            logger.setLevel(before)
