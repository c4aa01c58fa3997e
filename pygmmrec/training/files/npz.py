"""Reads a ``.npz`` file that may be damaged, without unpickling anything."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike, fspath
from pathlib import Path

import numpy as np

from pygmmrec.utils.check import check
from pygmmrec.utils.npz import read_arrays

Arrays = dict[str, np.ndarray]


def read_npz(
    path: str | PathLike[str],
    names: Collection[str],
    where: str,
    remedy: str,
    *,
    key: Collection[str] = (),
) -> Arrays:
    """The arrays of a file, flat, of one length and finite.

    Args:
        path: A file that ``numpy.savez`` wrote.
        names: Arrays that have to be there, of indices and counts: whole numbers from zero.
        where: Who asks, for errors.
        remedy: How to get the file again, for errors.
        key: Those of them in which no two rows are the same. (default: all)

    Raises:
        ValueError: If the file is missing, damaged in any way, no ``.npz`` file, holds Python objects,
            lacks an array, or holds a value that is none of these.
    """
    shown = fspath(path)
    check(Path(path).is_file(), "path", "an existing .npz file", where, shown, remedy)
    try:
        arrays = read_arrays(path)
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
    for name, array in arrays.items():
        index = name not in names or (array.dtype.kind == "i" and bool((array >= 0).all()))
        told = f"{name!r} of type {array.dtype} in {shown!r}"
        check(index, "path", f"a .npz file with whole numbers from zero in {name!r}", where, told, remedy)
        check(bool(np.isfinite(array).all()), "path", "a .npz file of finite numbers", where, told, remedy)
    rows = list(zip(*(arrays[name].tolist() for name in key or names), strict=True))
    requirement = f"a .npz file of rows that differ in {list(key or names)}"
    check(len(set(rows)) == len(rows), "path", requirement, where, f"two that do not in {shown!r}", remedy)
    return arrays
