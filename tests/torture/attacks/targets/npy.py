"""A ``.npy`` file, read byte by byte from what its format says."""

from __future__ import annotations

import ast
import struct

import numpy as np


def parse_npy(raw: bytes) -> np.ndarray:
    """The array of a file that is whole: its shape and type account for every byte.

    Raises:
        Exception: Of any kind, if it is not.
    """
    if raw[:6] != b"\x93NUMPY":
        raise ValueError("no magic")
    wide = raw[6] > 1
    start = 12 if wide else 10
    length = struct.unpack("<I" if wide else "<H", raw[8:start])[0]
    header = ast.literal_eval(raw[start : start + length].decode("utf-8" if raw[6] > 2 else "latin1"))
    body, dtype = raw[start + length :], np.dtype(header["descr"])
    shape = header["shape"]
    if len(body) != dtype.itemsize * int(np.prod(shape, dtype=object)):
        raise ValueError("bytes too few or too many")
    order = "F" if header["fortran_order"] else "C"
    return np.frombuffer(body, dtype).reshape(shape, order=order)
