"""The readers of files of features by suffix."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path

from pygmmrec.data.feature_files.contents import WHERE, Contents
from pygmmrec.data.feature_files.npy import read_npy
from pygmmrec.data.feature_files.npz import read_npz
from pygmmrec.data.feature_files.parquet import read_parquet
from pygmmrec.data.feature_files.pt import read_pt
from pygmmrec.data.feature_files.safetensors import read_safetensors
from pygmmrec.utils.check import check

READERS: dict[str, Callable[[str | PathLike[str], str], Contents]] = {
    ".npy": read_npy,
    ".pt": read_pt,
    ".npz": read_npz,
    ".safetensors": read_safetensors,
    ".parquet": read_parquet,
}


def read_feature_file(path: str | PathLike[str], name: str) -> Contents:
    """The matrix of a file, by its suffix, and the ids of its rows where it holds some.

    Args:
        path: The file.
        name: What errors about the matrix call it.

    Raises:
        ValueError: If the suffix is none of these, or the file is missing, damaged or holds something else.
    """
    reader = READERS.get(Path(path).suffix.lower())
    if reader is None:
        check(False, "path", f"a file of the kinds {', '.join(READERS)}", WHERE, fspath(path))
        raise AssertionError
    return reader(path, name)
