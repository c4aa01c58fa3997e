"""What a time may be: numbers, dates and texts of dates become seconds that keep their order."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, NamedTuple

import numpy as np

from pygmmrec.data.values.column import few, flat
from pygmmrec.data.values.numbers import NUMBER, as_numbers
from pygmmrec.utils.check import check

EPOCH = dt.datetime(1970, 1, 1)

ISO = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"([T ](?P<time>[0-9]{2}:[0-9]{2}(:[0-9]{2})?)([.,](?P<fraction>[0-9]{1,9}))?)?"
    r" ?(?P<zone>Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
"""A date as text, in the only form that is not ambiguous: ISO 8601."""


class Moment(NamedTuple):
    """A time, exactly: whole seconds since 1970 in UTC, nanoseconds, and whether it said its time zone."""

    seconds: int
    nanos: int
    zoned: bool


def as_times(values: Any, arg: str, where: object) -> np.ndarray:
    """Flat times, as int64 where they are integers and as float64 where they are not.

    Numbers stay what they are, in any unit. Dates (of NumPy, pandas, polars, pyarrow and Python, and texts in
    ISO 8601) become seconds since 1970 in UTC, with their fractions; dates without a time zone count as UTC.

    Args:
        values: See :func:`~pygmmrec.data.values.column.flat`.
        arg: The argument's name, for errors.
        where: The object or function that asks, for errors.

    Raises:
        ValueError: If a time is missing (NaN, NaT, None, empty), is no number and no date, or is one of
            several that float64 (or the floats given) cannot tell apart; or if only some have a time zone.
    """
    column = flat(values, arg, where)
    if column.dtype.kind == "M":
        missing = int(np.isnat(column).sum())
        check(missing == 0, arg, "free of missing times", where, f"NaT in {missing} rows", "Drop those rows.")
        return _seconds(*_from_numpy(column), arg, where)
    if column.dtype.kind in "OU" and any(map(says_a_date, column.tolist())):
        pairs = _moments(column.tolist(), arg, where)
        return _seconds(pairs[:, 0], pairs[:, 1], arg, where)
    return _check_exact(as_numbers(column, arg, where), column, arg, where)


def _check_exact(numbers: np.ndarray, column: np.ndarray, arg: str, where: object) -> np.ndarray:
    """Floats so large that they skip integers may have joined times that were different."""
    floats = column.dtype if column.dtype.kind == "f" else numbers.dtype
    if floats.kind == "f":
        bits = min(np.finfo(floats).nmant + 1, 53)
        large = numbers[np.abs(numbers) >= 2**bits]
        remedy = "Read the column as integers, or divide it before it becomes floats."
        requirement = f"below 2**{bits} where times are {floats}, which tells no larger ones apart"
        check(large.size == 0, arg, requirement, where, few(large.tolist()), remedy)
    return numbers


def _from_numpy(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    whole = column.astype("datetime64[s]")
    rest = (column - whole.astype(column.dtype)).astype("timedelta64[ns]").astype(np.int64)
    return whole.astype(np.int64), rest


def _seconds(whole: np.ndarray, nanos: np.ndarray, arg: str, where: object) -> np.ndarray:
    if not nanos.any():
        return whole
    seconds = np.asarray(whole + nanos / 1e9)
    told = len(np.unique(seconds)) == len(np.unique(np.stack([whole, nanos]), axis=1).T)
    remedy = "Round the dates, or give their nanoseconds as integers."
    check(told, arg, "dates that differ by a microsecond or more", where, "dates that are closer", remedy)
    return seconds


def _moments(values: list[Any], arg: str, where: object) -> np.ndarray:
    """Seconds and nanoseconds of dates of Python, and of texts, [n, 2] int64."""
    found = [_moment(value) for value in values]
    wrong = few(value for value, moment in zip(values, found, strict=True) if moment is None)
    remedy = "Give dates in ISO 8601, such as 2024-05-31 23:59:59.5, or convert them with pandas.to_datetime."
    check(not wrong, arg, "a column of numbers or of dates", where, wrong, remedy)
    moments = [moment for moment in found if moment is not None]
    mixed = len({moment.zoned for moment in moments}) > 1
    check(
        not mixed, arg, "dates that all have a time zone, or none", where, few(values), "Convert them to UTC."
    )
    return np.array([moment[:2] for moment in moments], dtype=np.int64)


def says_a_date(value: Any) -> bool:
    """Whether to read a value's column as dates: it is one, or a text that is no number."""
    text = isinstance(value, str) and bool(value.strip()) and not NUMBER.fullmatch(value.strip())
    return text or (isinstance(value, (dt.date, np.datetime64)) and bool(value == value))


def _moment(value: Any) -> Moment | None:
    if isinstance(value, str):
        return _from_text(value.strip())
    if not isinstance(value, (dt.date, np.datetime64)) or value != value:
        return None
    if isinstance(value, np.datetime64):
        seconds, nanos = _from_numpy(np.array([value]))
        return Moment(int(seconds[0]), int(nanos[0]), False)
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    zoned = value.tzinfo is not None
    since = value - (EPOCH.replace(tzinfo=dt.timezone.utc) if zoned else EPOCH)
    nanos = since.microseconds * 1000 + getattr(since, "nanoseconds", 0)  # the latter of pandas
    return Moment(since.days * 86400 + since.seconds, nanos, zoned)


def _from_text(text: str) -> Moment | None:
    match = ISO.fullmatch(text)
    try:
        moment = dt.datetime.fromisoformat(f"{match['date']} {match['time'] or '00:00'}") if match else None
    except ValueError:  # such as 2024-02-30
        moment = None
    if match is None or moment is None:
        return None
    since, zone = moment - EPOCH, match["zone"]
    offset = 0
    if zone and zone[0] in "+-":
        offset = int(f"{zone[0]}1") * (int(zone[1:3]) * 3600 + int(zone[-2:] if len(zone) > 3 else 0) * 60)
    nanos = int((match["fraction"] or "").ljust(9, "0"))
    return Moment(since.days * 86400 + since.seconds - offset, nanos, zone is not None)
