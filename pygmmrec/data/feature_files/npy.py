"""Reads a ``.npy`` file of numbers that may be damaged, without unpickling anything."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np

from pygmmrec.data.feature_files.contents import WHERE, Contents, check_is_file, damaged
from pygmmrec.data.values.floating import check_floating

MAPPED = 1 << 30
"""Bytes from which on a matrix stays in its file, mapped into memory, and is not read at once."""

REMEDY = "Save it again with numpy.save(path, matrix.astype('float32'))."


def read_npy(path: str | PathLike[str], name: str) -> Contents:
    """The array of a file, whose header, size and content agree to the byte.

    One of 1 GiB or more is mapped into memory, so that it takes none until it is looked at: the file is never
    written to, and has to stay as it is until the array is gone. A smaller one is read.

    Args:
        path: A file that ``numpy.save`` wrote.
        name: What errors about the array call it.

    Raises:
        ValueError: If the file is missing, is no ``.npy`` file, is cut off or has bytes to spare, or holds
            anything but floats.
    """
    check_is_file(path, ".npy")
    try:
        mapped = np.lib.format.open_memmap(path, mode="c")  # nothing is read or allocated yet
        if mapped.dtype.kind == "f" and mapped.offset + mapped.nbytes != Path(path).stat().st_size:
            raise ValueError("bytes to spare after the matrix")
    except Exception as error:  # damaged headers raise whatever Python's parser and NumPy do
        raise damaged(path, ".npy", error, REMEDY) from error
    check_floating(mapped.dtype, name, WHERE)
    if mapped.nbytes >= MAPPED:
        return Contents(mapped)
    try:
        with open(path, "rb") as file:
            return Contents(np.asarray(np.lib.format.read_array(file, allow_pickle=False)))
    except (ValueError, EOFError, OSError) as error:  # cut off since
        raise damaged(path, ".npy", error, REMEDY) from error
