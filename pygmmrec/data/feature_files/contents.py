"""What a file of features holds: a matrix, and maybe the ids of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check

IDS = "ids"
"""What the ids of the rows are called where a file names its arrays."""

WHERE = "read_features"


class Contents(NamedTuple):
    """The matrix as it stands in the file, an array or a tensor, and the ids of its rows if it has some."""

    values: Any
    ids: Any = None


def named_contents(arrays: Mapping[Any, Any], path: str | PathLike[str]) -> Contents:
    """The one matrix among named arrays, under any name, and those called ``ids``.

    Raises:
        ValueError: If there is another number of them.
    """
    names = [name for name in arrays if name != IDS]
    requirement = f"a file of one matrix, and of '{IDS}' where its rows have some"
    remedy = "Save each modality to a file of its own."
    value = f"{few(names)} in {fspath(path)!r}"
    check(len(names) == 1, "path", requirement, WHERE, value, remedy)
    return Contents(arrays[names[0]], arrays.get(IDS))


def check_is_file(path: str | PathLike[str], suffix: str) -> None:
    """Raise a :class:`ValueError` unless there is a file, and no folder or pipe."""
    check(Path(path).is_file(), "path", f"an existing {suffix} file", WHERE, fspath(path))


def damaged(path: str | PathLike[str], suffix: str, error: Exception, remedy: str) -> ValueError:
    """The error about a file that is no complete one of its kind.

    Args:
        path: The file.
        suffix: Its kind.
        error: What reading it raised.
        remedy: How to save it again.
    """
    reason = str(error)[:200] or type(error).__name__
    pickled = any(words in reason for words in ("Python objects", "Object arrays", "Weights only"))
    what = f"a {suffix} file of numbers, not of pickled objects" if pickled else f"a complete {suffix} file"
    return ValueError(f"'path' needs to be {what} in '{WHERE}' (got {fspath(path)!r}: {reason}). {remedy}")
