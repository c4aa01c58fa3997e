"""Reads a ``.npz`` file that may be damaged, without unpickling anything."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike, fspath
from pathlib import Path

import numpy as np

from pygmmrec.utils.check import check


def read_npz(
    path: str | PathLike[str], names: Collection[str], where: str, remedy: str
) -> dict[str, np.ndarray]:
    """The arrays of a file, flat and of one length.

    Args:
        path: A file that ``numpy.savez`` wrote.
        names: Arrays that have to be there.
        where: Who asks, for errors.
        remedy: How to get the file again, for errors.

    Raises:
        ValueError: If the file is missing, damaged in any way, no ``.npz`` file, holds Python objects, or
            lacks an array.
    """
    shown = fspath(path)
    check(Path(path).is_file(), "path", "an existing .npz file", where, shown, remedy)
    try:
        with open(path, "rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as held:
            arrays = {name: np.asarray(held[name]) for name in held.files}
    except Exception as error:  # a damaged file raises whatever zipfile, zlib, Python's parser and NumPy do
        reason = str(error)[:200] or type(error).__name__
        message = f"'path' needs to be a complete .npz file in '{where}' (got {shown!r}: {reason}). {remedy}"
        raise ValueError(message) from error
    missing = [name for name in names if name not in arrays]
    given = f"{shown!r} with {list(arrays)[:10]}"
    check(not missing, "path", f"a .npz file with the arrays {list(names)}", where, given, remedy)
    shapes = {array.shape for array in arrays.values()}
    numbers = all(array.dtype.kind in "if" for array in arrays.values())
    fine = numbers and len(shapes) == 1 and all(len(shape) == 1 for shape in shapes)
    check(fine, "path", "a .npz file of columns of numbers of one length", where, given, remedy)
    return arrays
