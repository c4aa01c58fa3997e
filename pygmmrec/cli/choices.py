"""Which items are to be chosen from, as the command line says it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pygmmrec.data.columns import OTHERS, plain_name
from pygmmrec.data.node_info import NodeInfo, find_id_column, read_columns
from pygmmrec.data.tables.dialect import DELIMITERS
from pygmmrec.data.values.table import clean
from pygmmrec.utils.check import check

TEXTS = (".csv", ".txt")
WORDS = {"true": True, "false": False}


def as_filter(given: Sequence[str] | None, info: NodeInfo | None) -> dict[str, list[Any]] | None:
    """What :meth:`~pygmmrec.serving.Served.recommend` takes, of words such as ``genre=jazz``.

    A value is of the type that the column has; none, as in ``genre=``, stands for what is not known. Of two
    words about one column, either will do.

    Args:
        given: The words, or ``None``.
        info: What is known of the items.

    Raises:
        ValueError: If a word has no ``=``, or a value is not of the column's type.
    """
    if given is None:
        return None
    found: dict[str, list[Any]] = {}
    for word in given:
        name, equals, text = word.partition("=")
        check(equals != "", "filter", "COLUMN=VALUE, as in genre=jazz", "pygmmrec", word)
        values = info[name] if info is not None and name in info else []
        found.setdefault(name, []).append(_typed(word, text, values))
    return found


def read_candidates(path: str | None, known: Sequence[Any]) -> Any:
    """Raw ids of a text with one a line, or of a table's column ``id`` or ``item``; ``None`` without a file.

    Args:
        path: The file. A text may begin with the name of its column.
        known: Raw ids of the model.

    Raises:
        ValueError: If there is no such file or column, or one is no integer where all of the model are.
    """
    if path is None:
        return None
    file = Path(path)
    lines = file.read_text("utf-8").splitlines() if file.suffix in TEXTS and file.is_file() else []
    if lines and not any(delimiter in lines[0] for delimiter in DELIMITERS):
        named = plain_name(lines[0]) in ("id", *OTHERS["item"])
        return typed_ids([line for line in lines[named:] if line], known, "candidates")
    columns = read_columns(path)
    name = find_id_column(list(columns))
    return clean("item", columns[name], f"column {name!r} of {path}", "pygmmrec")


def typed_ids(words: list[str], known: Sequence[Any], arg: str) -> list[Any]:
    """Words as raw ids, which are integers where those of the model are.

    Raises:
        ValueError: If one is no integer where all of the model are.
    """
    if len(known) == 0 or not isinstance(known[0], int):
        return words
    fits = all(word.removeprefix("-").isdecimal() for word in words)
    check(fits, arg, "integers, as the ids of the model are", "pygmmrec", words)
    return [int(word) for word in words]


def _typed(word: str, text: str, values: Sequence[Any]) -> Any:
    if text == "":
        return None
    inner = (each for value in values for each in (value if isinstance(value, (list, tuple)) else [value]))
    kinds = {type(each) for each in inner} - {type(None)}
    try:
        if kinds == {bool}:
            return WORDS[text.lower()]
        if kinds == {int}:
            return int(text)
        return float(text) if kinds and kinds <= {int, float} else text
    except (KeyError, ValueError):
        wanted = {bool: "true or false", int: "an integer"}.get(next(iter(kinds)), "a number")
        check(False, "filter", f"a column and {wanted}, as the column has them", "pygmmrec", word)
        raise
