"""Reads a ``.npy`` file of numbers that may be damaged, without unpickling anything."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

import numpy as np

from pygmmrec.data.values.matrix import check_floating
from pygmmrec.utils.check import check


def read_npy(path: str | PathLike[str], name: str) -> np.ndarray:
    """The array of a file, whose header, size and content agree to the byte.

    Args:
        path: A file that ``numpy.save`` wrote.
        name: What errors about the array call it.

    Raises:
        ValueError: If the file is missing, is no ``.npy`` file, is cut off or has bytes to spare, or holds
            anything but floats.
    """
    where = fspath(path)
    check(Path(path).is_file(), "path", "an existing .npy file", "read_features", where)
    try:
        header = np.lib.format.open_memmap(path, mode="r")  # nothing is read or allocated yet
        if header.dtype.kind == "f" and header.offset + header.nbytes != Path(path).stat().st_size:
            raise ValueError("bytes to spare after the matrix")
    except Exception as error:  # damaged headers raise whatever Python's parser and NumPy do
        raise _damaged(where, error) from error
    check_floating(header.dtype, name, "read_features")
    try:
        with open(path, "rb") as file:
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
    except (ValueError, EOFError, OSError) as error:  # cut off since
        raise _damaged(where, error) from error


def _damaged(where: str, error: Exception) -> ValueError:
    pickled = "Python objects" in str(error)
    requirement = "a .npy file of numbers, not of pickled objects" if pickled else "a complete .npy file"
    reason = str(error)[:200] or type(error).__name__
    remedy = "Save it again with numpy.save(path, matrix.astype('float32'))."
    return ValueError(
        f"'path' needs to be {requirement} in 'read_features' (got {where!r}: {reason}). {remedy}"
    )
