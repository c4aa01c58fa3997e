"""Reads the arrays of a ``.npz`` file that may be damaged, without unpickling anything."""

from __future__ import annotations

import zipfile
from os import PathLike

import numpy as np


def read_arrays(path: str | PathLike[str]) -> dict[str, np.ndarray]:
    """The arrays of a file by name. Each is read to its end, so that its checksum is looked at, and is of the
    size that it says.

    Raises:
        Exception: Whatever zipfile, zlib, Python's parser and NumPy raise on damaged files and on pickles.
    """
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            name = part.removesuffix(".npy")
            if name in arrays:
                raise ValueError(f"the array {name!r} is there twice")
            with archive.open(part) as content:
                arrays[name] = np.asarray(np.lib.format.read_array(content, allow_pickle=False))
                if content.read(1):
                    raise ValueError(f"bytes to spare after the array {name!r}")
    return arrays
