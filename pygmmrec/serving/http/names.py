"""Raw ids of users or items, as JSON and addresses write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch

from pygmmrec.data.columns import plain_name
from pygmmrec.data.values.column import few
from pygmmrec.data.values.ids import as_ids
from pygmmrec.serving.http.refusal import Refusal, refusing
from pygmmrec.serving.nodes import Nodes
from pygmmrec.utils.check import check

Id: TypeAlias = int | float | str
"""An id as JSON has it."""

IMAGES = (
    "image",
    "imageurl",
    "imurl",
    "img",
    "picture",
    "pictureurl",
    "poster",
    "posterurl",
    "cover",
    "photo",
)
"""Columns that say where a picture is, in small letters without signs."""

NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")

ADDRESS = ("https://", "http://")


class Names:
    """Finds users or items by what people write, and shows them.

    A number in JSON is an integer id, and a text a text; in an address all is text. A text that is no id
    itself stands for the id that prints so, ``"7"`` for 7.

    Args:
        nodes: The users or items.
    """

    def __init__(self, nodes: Nodes) -> None:
        self.kind, self._nodes = nodes.kind, nodes
        every = torch.arange(len(nodes))
        columns = nodes.columns(every, "id")
        shown = columns["id"]
        self.texts = _texts(shown)
        self._shown = shown if _is_plain(shown) else self.texts
        self._titles = columns.get("title")
        self._images = _images(nodes)
        self.title_texts = None if self._titles is None else _texts(self._titles)
        self._are_numbers = pa.types.is_integer(shown.type)
        self._index = {} if self._are_numbers else self._by_texts()

    def find(self, given: Sequence[int | str]) -> list[int]:
        """Indices of ids.

        Raises:
            Refusal: With status 404, if one is unknown.
        """
        given = [_number(raw) for raw in given] if self._are_numbers else list(given)
        with refusing(404):
            index = self._nodes.ids.find(as_ids(given, f"{self.kind}s", "request"))
        places: list[int] = index.tolist()
        if index.min(initial=0) < 0:
            places = [self._by_text(raw) if at < 0 else at for at, raw in zip(places, given, strict=True)]
            unknown = few(dict.fromkeys(raw for at, raw in zip(places, given, strict=True) if at < 0))
            if unknown:
                some = few(self._nodes.ids.ids)
                raise Refusal(404, f"No {self.kind} has the id {unknown}. Ids are such as {some}")
        return places

    def raw(self, index: Sequence[int]) -> list[Any]:
        """The ids themselves."""
        ids = self._nodes.ids.ids
        return [ids[at] for at in index]

    def show(self, index: Sequence[int]) -> list[dict[str, Any]]:
        """``id``, ``title`` and ``image`` of some, the latter two ``None`` where there is none."""
        place = pa.array(index, type=pa.int64())
        none = [None] * len(index)
        ids = self._shown.take(place).to_pylist()
        titles = none if self.title_texts is None else self.title_texts.take(place).to_pylist()
        images = none if self._images is None else self._images.take(place).to_pylist()
        return [
            {"id": raw, "title": title, "image": image}
            for raw, title, image in zip(ids, titles, images, strict=True)
        ]

    def places(self, column: pa.ChunkedArray) -> list[int]:
        """Indices of what a column of an answer of :class:`~pygmmrec.serving.Served` names."""
        if self._are_numbers:
            found: list[int] = self._nodes.ids.find(column.to_numpy()).tolist()
            return found
        return [self._index[text] for text in _texts(column.combine_chunks()).to_pylist()]

    def search(self, text: str, limit: int) -> list[int]:
        """Indices of the first whose id or title has a text in it, in small letters or large."""
        if not text:
            return list(range(min(limit, len(self.texts))))
        hit = pc.match_substring(self.texts, text, ignore_case=True)
        if self.title_texts is not None:
            titled = pc.match_substring(self.title_texts, text, ignore_case=True)
            hit = pc.or_(hit, pc.fill_null(titled, False))
        found = np.flatnonzero(hit.to_numpy(zero_copy_only=False))[:limit].tolist()
        exact = self._exactly(text)
        return [exact, *(at for at in found if at != exact)][:limit] if exact >= 0 else found

    def __len__(self) -> int:
        return len(self.texts)

    def _by_texts(self) -> dict[str, int]:
        index = dict(zip(self.texts.to_pylist(), range(len(self.texts)), strict=True))
        remedy = "Give ids that print differently"
        check(len(index) == len(self.texts), "ids", f"{self.kind}s told apart by texts", self, "two", remedy)
        return index

    def _by_text(self, raw: int | str) -> int:
        return self._index.get(raw, -1) if isinstance(raw, str) and not self._are_numbers else -1

    def _exactly(self, text: str) -> int:
        number = _number(text)
        if isinstance(number, int) and self._are_numbers:
            return int(self._nodes.ids.find(as_ids([number], "ids", "search"))[0])
        return self._by_text(text)


def _number(raw: int | str) -> int | str:
    """The integer that prints so, if there is one."""
    return int(raw) if isinstance(raw, str) and NUMBER.fullmatch(raw) else raw


def _is_plain(shown: pa.Array) -> bool:
    kind = shown.type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_string(kind))


def _texts(values: pa.Array) -> pa.Array:
    """Values as texts."""
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_integer(values.type):
        return values.cast(pa.string())
    return pa.array([None if each is None else str(each) for each in values.to_pylist()], pa.string())


def _images(nodes: Nodes) -> pa.Array | None:
    """Where the pictures of nodes are, if a column says so. Addresses of the web only."""
    info = nodes.info
    found = [] if info is None else [name for name in info.columns if plain_name(name) in IMAGES]
    for name in found:
        assert info is not None
        values = [each if _is_address(each) else None for each in info[name]]
        if any(values):
            return pa.array(values, pa.string())
    return None


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(ADDRESS)
