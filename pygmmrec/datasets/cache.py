"""Keeps built data in a file that no other setting shares, believes none that is damaged, unpickles none."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import HeteroData

from pygmmrec.data.safe import SAFE as SAFE
from pygmmrec.datasets.told import told
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing, sha256_of

logger = logging.getLogger(__name__)

VERSION = 4
"""Part of each key. To be raised when the layout, or what a transform does, changes."""

MAGIC = b"pygmmrec data, sha256 "
"""How a file begins; the digest of the rest follows, and a line break."""


def digest(kind: str, settings: Iterable[Any], files: Iterable[Path]) -> str | None:
    """A name for all that the data depends on: settings and files, by what is in them.

    A file that changes under the same name, size and time gives another digest, and one that was only copied
    or touched gives the same.

    Returns:
        A hexadecimal digest, or None where a setting does not tell what it does.
    """
    parts = [str(VERSION), kind]
    for setting in settings:
        text = told(setting)
        if text is None:
            logger.warning("not cached, because this repr does not tell what it does: %r", setting)
            return None
        parts.append(text)
    for path in files:
        with open(path, "rb") as file:
            parts.append(f"{path.name} {sha256_of(file)}")
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:24]


def cached(
    build: Callable[[], HeteroData],
    cache_dir: str | PathLike[str] | None,
    name: str,
    key: str | None,
    force_reload: bool = False,
) -> HeteroData:
    """The data of ``key`` from ``cache_dir``, or built and kept there.

    A file carries the checksum of its content: one that is damaged is built anew. Only then is it read, by
    ``torch.load(weights_only=True)``. What a build that was killed left in the folder is removed by the next.

    Args:
        build: Makes the data.
        cache_dir: The folder of the cache; None builds and keeps nothing.
        name: How the file's name starts, for people.
        key: What :func:`digest` gave; None builds and keeps nothing.
        force_reload: Build and keep, whatever the cache holds.

    Raises:
        ValueError: If there can be no such folder; before anything is built.
    """
    if cache_dir is None or key is None:
        return build()
    folder = Path(cache_dir)
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    remedy = f"{str(nearest)!r} is none." if not nearest.is_dir() else ""
    check(not remedy, "cache_dir", "a folder, or the name of a new one", "cached", fspath(cache_dir), remedy)
    path = folder / f"{name}-{key}.pt"
    data = None if force_reload else _load(path)
    if data is None:
        data = build()
        _save(data, path)
    return data


def _load(path: Path) -> HeteroData | None:
    """The data of a file that is, to the byte, what was written."""
    if not path.is_file():
        return None
    try:
        with open(path, "rb") as file:
            start = file.read(HEADER)
            whole = start == _header(sha256_of(file))
            if not whole:
                raise ValueError("it is damaged, or no cache of this version")
            file.seek(HEADER)
            return HeteroData.from_dict(torch.load(file, weights_only=True))  # of what data.safe names
    except Exception as error:  # nobody's work is lost, whatever is wrong with it
        logger.warning("built anew, because the cache %s cannot be read: %s", path, error)
        return None


def _save(data: HeteroData, path: Path) -> None:
    with replacing(path) as temporary, open(temporary, "w+b") as file:
        file.seek(HEADER)
        torch.save(data.to_dict(), file)
        file.seek(HEADER)
        header = _header(sha256_of(file))
        file.seek(0)
        file.write(header)


def _header(sha256: str) -> bytes:
    return MAGIC + sha256.encode() + b"\n"


HEADER = len(_header("0" * 64))
