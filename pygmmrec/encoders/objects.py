"""One object for each item: the path or the bytes of a file, an image, an array."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor
from tqdm.auto import tqdm

from pygmmrec.data.values.arrow import is_arrow
from pygmmrec.encoders.items import Items, first_of_each
from pygmmrec.utils.check import check
from pygmmrec.utils.files import sha256_of

NONE = bytes(32)
"""In place of the digest of what is missing."""


class Objects(Items):
    """Files and objects; ``None``, and a file that is not there, cannot be read or is empty, are missing.

    Args:
        raw: A list or column of paths, bytes, PIL images, and arrays or tensors.
        text_is_path: Whether a text is the path of a file.
        progress: Whether to show a bar on a terminal while files are read.

    Raises:
        ValueError: If this is no column, or an object is of another kind.
    """

    def __init__(self, raw: Any, *, text_is_path: bool, progress: bool) -> None:
        self._objects = _as_list(raw)
        self._text_is_path = text_is_path
        bar = None if progress else True
        with ThreadPoolExecutor() as pool:
            found = tqdm(pool.map(self._digest, self._objects), "reading", len(self), disable=bar)
            digests = np.frombuffer(b"".join(found), dtype="V32")  # [N]
        digest = hashlib.sha256(digests.data).hexdigest()
        super().__init__(digests == np.void(NONE), first_of_each(digests), digest)

    def __len__(self) -> int:
        return len(self._objects)

    def take(self, rows: np.ndarray) -> list[Any]:
        """The objects of some items, as they were given."""
        return [self._objects[row] for row in rows]

    def _digest(self, value: Any) -> bytes:
        if isinstance(value, PathLike) or (self._text_is_path and isinstance(value, str)):
            return _of_file(fspath(value))
        return NONE if _is_missing(value) else hashlib.sha256(_content(value)).digest()


def _as_list(raw: Any) -> list[Any]:
    iterable = isinstance(raw, Iterable) and not isinstance(raw, (str, bytes, Mapping, Set))
    remedy = "Give a list or a column of paths, bytes or images, one for each id."
    check(iterable, "raw", "a list or a column", "encode", type(raw).__name__, remedy)
    return raw.to_pylist() if is_arrow(raw) else list(raw)


def _is_missing(value: Any) -> bool:
    nothing = value is None or (isinstance(value, (str, bytes)) and not value)
    return nothing or (isinstance(value, float) and value != value) or type(value).__name__ == "NAType"


def _of_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return bytes.fromhex(sha256_of(file)) if Path(path).stat().st_size else NONE
    except OSError:
        return NONE


def _content(value: Any) -> bytes:
    """What makes two objects the same."""
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, str):
        return b"text" + value.encode("utf-8", "surrogatepass")
    if isinstance(value, Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray) and value.dtype != object:
        return f"{value.dtype.str} {value.shape}".encode() + np.ascontiguousarray(value).tobytes()
    image = hasattr(value, "tobytes") and hasattr(value, "mode") and hasattr(value, "getpalette")
    requirement = "a column of paths, bytes, PIL images or arrays"
    check(image, "raw", requirement, "encode", type(value).__name__, "Make one of these of each value.")
    told = f"{value.mode} {value.size} {value.getpalette()}"
    return told.encode() + bytes(value.tobytes())
