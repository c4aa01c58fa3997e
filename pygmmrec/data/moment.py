"""A moment that cuts the rows of a table: a number of the table's own, or a date."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeAlias

import numpy as np

from pygmmrec.data.values.times import as_times, says_a_date
from pygmmrec.utils.check import check

Moment: TypeAlias = float | str | dt.date | np.datetime64
"""A number in the unit of the table's times, a date of Python, pandas or NumPy, or a text in ISO 8601; a date
without a time is its midnight, and one without a time zone counts as UTC."""

EARLY, LATE = 365 * 86400, 230 * 365 * 86400
"""Between these two lies the last time of any table in seconds since 1970, which is what dates become."""


def moment_number(moment: Any, arg: str, where: object) -> float:
    """The number that a moment is, seconds since 1970 in UTC where it is a date.

    Raises:
        ValueError: If it is no finite number, and no date in ISO 8601.
    """
    fine = not isinstance(moment, bool | np.bool_)
    check(fine, arg, "a number or a date", where, moment)
    number: float = as_times([moment], arg, where)[0].item()
    return number


def moment_among(moment: Any, time: np.ndarray | None, arg: str, where: object) -> float:
    """The number that a moment is on the scale of a table's times, [n].

    Raises:
        ValueError: If the table has no times, or the moment is a date and they are no seconds since 1970.
    """
    remedy = "Name their column with Columns(timestamp=...)."
    check(time is not None, arg, "left out for a table without timestamps", where, moment, remedy)
    if says_a_date(moment) and time is not None and len(time) > 0:
        latest = time.max().item()
        requirement = "a number for a table whose times are no dates and no seconds since 1970"
        value = f"{moment!r}, and times up to {latest}"
        remedy = "Give it in the unit of the table, or give the table dates or seconds."
        check(EARLY <= latest <= LATE, arg, requirement, where, value, remedy)
    return moment_number(moment, arg, where)
