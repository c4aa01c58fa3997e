"""One text for each item, of one column or of several that a template joins."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping
from string import Formatter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pygmmrec.data.values.arrow import cell_bytes
from pygmmrec.data.values.column import few
from pygmmrec.encoders.items import Items, first_of_each
from pygmmrec.encoders.text_column import ONLY, column_names, text_columns
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

VISIBLE = r"[^\pZ\pC]"
"""A character that is neither white space nor invisible."""

WORDS = ("nan", "None", "<NA>", "NaT", "null", "NULL")
"""What programs write where a text is missing."""


class Texts(Items):
    """Texts; one that is missing, empty or blank in all its columns is missing.

    Args:
        raw: One column of texts, or a frame or mapping of columns, see
            :func:`~pygmmrec.encoders.text_column.text_columns`.
        template: How columns become one text, as ``"{name}: {tags}"``; a column without a name is ``{text}``.
            What is missing in one column only is left blank there (default: ``None``, the only column as it
            is).

    Raises:
        ValueError: If this is no column of texts, or template and columns do not fit.
    """

    def __init__(self, raw: Any, template: str | None = None) -> None:
        held = column_names(raw)
        names = template_names(template, [ONLY] if held is None else [str(name) for name in held])
        columns = text_columns(raw, names)
        missing = np.logical_and.reduce([_is_blank(column) for column in columns.values()])
        joined = columns[names[0]] if template is None else _join(template, columns)
        self._texts = pc.if_else(pa.array(missing), _text(""), joined)  # [N]
        self._lengths = pc.binary_length(self._texts).to_numpy().astype("<i8")
        found = hashlib.sha256(self._lengths.data)
        found.update(cell_bytes(self._texts).data)
        codes = self._texts.dictionary_encode().indices.to_numpy()
        super().__init__(missing, first_of_each(codes), found.hexdigest())
        said = pa.array(WORDS, pa.large_string())
        words = sum(pc.is_in(column, said).true_count for column in columns.values())
        if words:
            logger.warning("%d texts are a word such as 'nan' or 'None', and encoded as such", words)

    def distinct(self) -> np.ndarray:
        """An item for each text, the longest first: a batch is as long as its longest text."""
        rows = super().distinct()
        return rows[np.argsort(-self._lengths[rows], kind="stable")]

    def take(self, rows: np.ndarray) -> list[Any]:
        """The texts of some items."""
        found: list[Any] = self._texts.take(pa.array(rows)).to_pylist()
        return found


def template_names(template: str | None, columns: Collection[str]) -> list[str]:
    """Which of the columns become one text.

    Raises:
        ValueError: If the template names none, or one that is not there, or formats it; or if there is no
            template but several columns.
    """
    if template is None:
        example = ": ".join(f"{{{name}}}" for name in columns)
        remedy = f"Say how they become one text, as in TextEncoder(..., template={example!r})."
        check(len(columns) == 1, "raw", "one column of texts", "encode", few(columns), remedy)
        return list(columns)
    wanted = "a text that names columns, as '{name}: {tags}'"
    check(isinstance(template, str), "template", wanted, "encode", template)
    try:
        fields = [part[1:] for part in Formatter().parse(template) if part[1] is not None]
    except ValueError as error:  # a brace alone
        told = f"{template!r}: {error}"
        raise ValueError(f"'template' needs to be {wanted} in 'encode' (got {told})") from error
    names = [str(field[0]) for field in fields]
    check(len(names) > 0, "template", wanted, "encode", template)
    unknown = [name for name in names if name not in columns]
    check(not unknown, "template", f"made of the columns {few(columns, 20)}", "encode", few(unknown))
    plain = all(not spec and conversion is None for _, spec, conversion in fields)
    check(plain, "template", "without formats, as '{name}: {tags}'", "encode", template)
    return names


def _join(template: str, columns: Mapping[str, pa.Array]) -> pa.Array:
    pieces: list[Any] = []
    for literal, name, *_ in Formatter().parse(template):
        pieces += [_text(literal)] if literal else []
        pieces += [columns[name]] if name is not None else []
    return pc.binary_join_element_wise(*pieces, _text(""))


def _text(value: str) -> Any:
    """Made where it is needed: at import, it would import pandas."""
    return pa.scalar(value, pa.large_string())


def _is_blank(column: pa.Array) -> np.ndarray:
    seen: np.ndarray = pc.match_substring_regex(column, VISIBLE).to_numpy(zero_copy_only=False)
    return ~seen
