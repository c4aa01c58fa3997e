"""Keeps built data in a file that no other setting shares, and never unpickles one."""

import hashlib
import logging
import pickle
import re
from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.utils.files import replacing

logger = logging.getLogger(__name__)

VERSION = 1
"""Part of each key. To be raised when the layout, or what a transform does, changes."""


def digest(kind: str, settings: Iterable[Any], files: Iterable[Path]) -> str | None:
    """A name for all that the data depends on: settings by content; files by path, size and time.

    Returns:
        A hexadecimal digest, or None where a setting's repr does not tell what it does.
    """
    parts = [str(VERSION), kind]
    for setting in settings:
        text = _told(setting)
        if re.search(r" at 0x[0-9a-fA-F]+|\.\.\.", text):
            logger.warning("not cached, because this repr does not tell what it does: %s", text)
            return None
        parts.append(text)
    for path in files:
        stat = path.stat()
        parts.append(f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def _told(setting: Any) -> str:
    """The repr, and of a transform its attributes too, because PyG's own repr leaves them out."""
    if isinstance(setting, (list, tuple)) and not hasattr(setting, "_fields"):
        return f"[{', '.join(map(_told, setting))}]"
    if not isinstance(setting, BaseTransform):
        return repr(setting)
    held = ", ".join(f"{name}={_told(value)}" for name, value in sorted(vars(setting).items()))
    return f"{type(setting).__module__}.{setting!r}: {held}"


def cached(
    build: Callable[[], HeteroData],
    cache_dir: str | PathLike[str] | None,
    name: str,
    key: str | None,
    force_reload: bool = False,
) -> HeteroData:
    """The data of ``key`` from ``cache_dir``, or built and kept there.

    Args:
        build: Makes the data.
        cache_dir: The folder of the cache; None builds and keeps nothing.
        name: How the file's name starts, for people.
        key: What :func:`digest` gave; None builds and keeps nothing.
        force_reload: Build and keep, whatever the cache holds.
    """
    if cache_dir is None or key is None:
        return build()
    path = Path(cache_dir) / f"{name}-{key}.pt"
    data = None if force_reload else _load(path)
    if data is None:
        data = build()
        _save(data, path)
    return data


def _load(path: Path) -> HeteroData | None:
    if not path.is_file():
        return None
    try:
        with torch.serialization.safe_globals([Adj]):
            return HeteroData.from_dict(torch.load(path, weights_only=True))
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, AttributeError, TypeError) as error:
        logger.warning("built anew, because the cache %s cannot be read: %s", path, error)
        return None


def _save(data: HeteroData, path: Path) -> None:
    with replacing(path) as temporary:
        torch.save(data.to_dict(), temporary)
