"""The list lengths of metrics."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from pygmmrec.utils.check import check, check_integer

logger = logging.getLogger(__name__)

KS = (5, 10, 20, 50)
"""The lengths that the field reports."""


def list_lengths(ks: Sequence[int] | None, num_items: int, where: object) -> tuple[int, ...]:
    """List lengths as plain integers, each once.

    Args:
        ks: The lengths; ``None`` for those of :data:`KS` that do not exceed the number of items, and a word
            in the log about the others.
        num_items: Number of items.
        where: Who asks, see :func:`~pygmmrec.utils.check.check`.

    Raises:
        ValueError: If there is none, or one is no integer between 1 and the number of items.
    """
    if ks is None:
        kept = tuple(k for k in KS if k <= num_items)
        if kept != KS:
            kept = kept or (num_items,)
            logger.info("There are %d items: lists are of lengths %s, and not %s", num_items, kept, KS)
        return kept
    remedy = "Give a list, such as [20]"
    several = hasattr(ks, "__len__") and not isinstance(ks, str | Mapping) and getattr(ks, "ndim", 1) == 1
    check(several and len(ks) > 0, "ks", "one list length or more", where, ks, remedy)
    lengths = [check_integer(k, "ks", where) for k in ks]
    for k in lengths:
        check(1 <= k <= num_items, "ks", f"between 1 and the number of items ({num_items})", where, k)
    return tuple(dict.fromkeys(lengths))
