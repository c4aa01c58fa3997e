"""Splits by the names that this field gives them."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, cast

from pygmmrec.data.splits.cold_items import ColdItemSplit
from pygmmrec.data.splits.split import (
    GivenSplit,
    LeaveOneOut,
    RatioSplit,
    Split,
    TemporalSplit,
    UserTemporalSplit,
)
from pygmmrec.utils.check import check

SplitName: TypeAlias = Literal["given", "ratio", "leave-one-out", "temporal", "global-time", "cold-items"]

SPLITS: dict[str, type] = {
    "given": GivenSplit,
    "ratio": RatioSplit,
    "leave-one-out": LeaveOneOut,
    "temporal": UserTemporalSplit,
    "global-time": TemporalSplit,
    "cold-items": ColdItemSplit,
}
"""Name -> class, whose default arguments the name stands for."""


def as_split(split: Any, where: object) -> Split | None:
    """A split from itself or from its name; None stays None.

    Args:
        split: Something that labels rows, or a name of :data:`SPLITS`.
        where: Who asks, for errors.

    Raises:
        ValueError: If it is neither.
    """
    if isinstance(split, str):
        remedy = "Give the class its arguments where the defaults do not fit, as in RatioSplit(seed=1)."
        check(split in SPLITS, "split", f"one of the names {list(SPLITS)}, or a split", where, split, remedy)
        return cast(Split, SPLITS[split]())
    fine = split is None or (callable(split) and not isinstance(split, type))
    check(fine, "split", "a split", where, split, "Make one, as in split=RatioSplit(), or name it.")
    return cast("Split | None", split)


def split_name(split: Split) -> str:
    """What a split does, as text: its repr with all arguments, or the name of a function."""
    return str(getattr(split, "__qualname__", repr(split)))
