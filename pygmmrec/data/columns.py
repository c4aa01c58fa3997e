"""Which column of a table holds what."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

TYPE = re.compile(r":(token|float|token_seq|float_seq)$")
"""What RecBole writes behind the name of a column."""


OTHERS = {
    "user": ("userid", "user", "uid", "reviewerid"),
    "item": ("itemid", "item", "iid", "asin", "parentasin", "movieid", "trackid", "productid", "businessid"),
}
"""Other names that columns of users and items have in this field, in small letters without signs."""

POSITIONS = {2: ("user", "item"), 4: ("user", "item", "rating", "timestamp")}
"""What the columns of a file without a header are, by their number."""


class Columns(NamedTuple):
    """The names that a table gives its columns.

    ``user`` and ``item`` have to be there. Of the others, one that keeps its default name may be absent, one
    that was renamed may not, and None leaves a column out. The name ``rating`` finds ``rating:float`` too, as
    other names find the types of RecBole's files. Where a default name is absent, the only column that is
    written almost so serves, such as ``Rating``; so does, for users and items, one of the field's other names
    for them (:data:`OTHERS`), such as ``user_id`` or ``asin``. The log says which.
    """

    user: str = "userID"
    item: str = "itemID"
    rating: str | None = "rating"
    timestamp: str | None = "timestamp"
    label: str | None = "x_label"


def wanted_columns(columns: Columns, present: Iterable[Any], where: str) -> dict[str, Any]:
    """Field -> column name, for the columns of ``columns`` that a table holds; a log line tells the others.

    Raises:
        ValueError: If a column that has to be there is not, is there twice, or serves twice.
    """
    remedy = "Write columns=Columns(user='user_id', item='item_id')."
    check(isinstance(columns, Columns), "columns", "Columns", where, columns, remedy)
    names = list(present)
    wanted: dict[str, Any] = {}
    for field, name in _placed(columns, names).items():
        found = _find(name, names)
        if found is None and name is not None and name == Columns._field_defaults[field]:
            found = _other_name(field, name, names)
            if found is not None:
                logger.info("column %r of %s serves as %s", found, where, field)
        if found is not None:
            once = names.count(found) == 1 and found not in wanted.values()
            requirement, remedy = "a column that is there once, and serves once", "Rename or choose another."
            check(once, f"columns.{field}", requirement, where, found, remedy)
            wanted[field] = found
        elif name is not None:
            _check_may_be_absent(field, name, names, wanted, where)
    left = [name for name in names if name not in wanted.values()]
    if left:
        logger.info("columns of %s that are left out: %s", where, few(left, 20))
    return wanted


def known_names(columns: Columns | None) -> tuple[str, ...]:
    """Names by which a header of a table is known."""
    own = [name for name in (columns or Columns()) if isinstance(name, str)]
    return (*own, *Columns._field_defaults.values(), *(name for names in OTHERS.values() for name in names))


def _placed(columns: Columns, names: list[Any]) -> dict[str, str | None]:
    """The names to look for: those of ``columns``, or by position where a file names nothing."""
    numbered = len(names) > 0 and names == [str(number) for number in range(len(names))]
    if not numbered or columns != Columns():
        return columns._asdict()
    return {
        field: str(number) for number, field in enumerate(POSITIONS.get(len(names), ()))
    } or columns._asdict()


def _other_name(field: str, name: str, names: list[Any]) -> Any:
    """The only column that is written almost like a default name, or has another one of the field's."""
    texts = {other: plain_name(other) for other in names if isinstance(other, str)}
    for accepted in ((plain_name(name),), OTHERS.get(field, ())):
        found = [other for other, plain in texts.items() if plain in accepted]
        if len(found) == 1:
            return found[0]
    return None


def _find(name: str | None, names: list[Any]) -> Any:
    if name is None or name in names:
        return name
    typed = [other for other in names if isinstance(other, str) and TYPE.sub("", other) == name]
    return typed[0] if len(typed) == 1 else None


def _check_may_be_absent(field: str, name: str, names: list[Any], wanted: dict[str, Any], where: str) -> None:
    texts = [other for other in names if isinstance(other, str) and other not in wanted.values()]
    similar = [other for other in texts if plain_name(other) == plain_name(name)]
    needed = field in ("user", "item") or name != Columns._field_defaults[field]
    near = similar or [match for word in (name, field) for match in get_close_matches(word, texts[:100], n=1)]
    remedy = f"Name the column to use, as in columns=Columns({field}={(near or texts or ['name'])[0]!r})."
    if not needed:
        remedy = f"{remedy[:-1]}, or leave it out by {field}=None."
    if texts and all(re.fullmatch(r"[-0-9.]+", text) for text in texts):
        remedy = "Say which is which, as in columns=Columns(user='0', item='1', rating='2')."
    requirement = f"one of the columns {few(names, 20)}"
    check(not needed and not similar, f"columns.{field}", requirement, where, name, remedy)


def plain_name(name: str) -> str:
    """A name in small letters, without signs and without RecBole's type."""
    return re.sub(r"[\W_]", "", TYPE.sub("", name)).casefold()
