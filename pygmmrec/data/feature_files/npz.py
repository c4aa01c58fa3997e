"""Reads a ``.npz`` file: one array, with or without ids, or a sparse matrix of SciPy."""

from __future__ import annotations

from os import PathLike

from scipy.sparse import load_npz

from pygmmrec.data.feature_files.contents import WHERE, Contents, check_is_file, damaged, named_contents
from pygmmrec.data.values.floating import check_floating
from pygmmrec.utils.npz import read_arrays

REMEDY = "Save it again with numpy.savez(path, values=matrix.astype('float32'), ids=ids)."

SPARSE = {"data", "shape", "format"}
"""Arrays of a file that ``scipy.sparse.save_npz`` wrote, in any format."""

PLACES = {"row", "col", "coords", "indices", "indptr", "offsets"}
"""Those of them that say where the values are."""


def read_npz(path: str | PathLike[str], name: str) -> Contents:
    """The array of a file and the ``ids`` of its rows, or the sparse matrix in it.

    Args:
        path: A file that ``numpy.savez`` or ``scipy.sparse.save_npz`` wrote.
        name: What errors about the array call it.

    Raises:
        ValueError: If the file is missing, damaged in any way, holds Python objects or several matrices, or
            anything but floats.
    """
    check_is_file(path, ".npz")
    try:
        arrays = read_arrays(path)
        if any(arrays[name].dtype.kind not in "iu" for name in PLACES & set(arrays) if set(arrays) >= SPARSE):
            raise ValueError("a sparse matrix whose indices are no whole numbers")
        found = Contents(load_npz(path)) if set(arrays) >= SPARSE else None
    except Exception as error:  # whatever zipfile, zlib, Python's parser, NumPy and SciPy raise
        raise damaged(path, ".npz", error, REMEDY) from error
    found = named_contents(arrays, path) if found is None else found
    check_floating(found.values.dtype, name, WHERE)
    return found
