"""Reads a ``.pt`` file: one tensor, with or without ids; nothing else in it is ever unpickled."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any

from torch import Tensor

from pygmmrec.data.feature_files.contents import WHERE, Contents, check_is_file, damaged, named_contents
from pygmmrec.data.values.floating import check_floating
from pygmmrec.utils.check import check
from pygmmrec.utils.torch_file import load_plain

REMEDY = "Save it again with torch.save({'features': tensor, 'ids': ids}, path)."


def read_pt(path: str | PathLike[str], name: str) -> Contents:
    """The tensor of a file, or of the dict in it, and the ``ids`` of its rows.

    Args:
        path: A file that ``torch.save`` wrote.
        name: What errors about the tensor call it.

    Raises:
        ValueError: If the file is missing, damaged, or holds anything but one tensor of floats and ids.
    """
    check_is_file(path, ".pt")
    try:
        content: Any = load_plain(path)
    except Exception as error:  # a damaged file raises whatever zipfile, pickle and torch do
        raise damaged(path, ".pt", error, REMEDY) from error
    found = named_contents(content, path) if isinstance(content, Mapping) else Contents(content)
    value = f"{type(found.values).__name__} in {fspath(path)!r}"
    check(isinstance(found.values, Tensor), "path", "a .pt file of one tensor", WHERE, value, REMEDY)
    check_floating(found.values.dtype, name, WHERE)
    return found
