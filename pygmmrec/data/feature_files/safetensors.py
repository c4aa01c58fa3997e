"""Reads a ``.safetensors`` file: one tensor, with or without ids that are integers."""

from __future__ import annotations

from os import PathLike

from safetensors.torch import load_file

from pygmmrec.data.feature_files.contents import WHERE, Contents, check_is_file, damaged, named_contents
from pygmmrec.data.feature_files.npy import MAPPED
from pygmmrec.data.values.floating import check_floating

REMEDY = "Save it again with safetensors.torch.save_file({'features': tensor}, path)."


def read_safetensors(path: str | PathLike[str], name: str) -> Contents:
    """The tensor of a file and the ``ids`` of its rows; one of 1 GiB or more stays mapped, as of ``.npy``.

    Args:
        path: A file that ``safetensors`` wrote.
        name: What errors about the tensor call it.

    Raises:
        ValueError: If the file is missing, damaged, or holds several tensors or anything but floats.
    """
    check_is_file(path, ".safetensors")
    try:
        tensors = load_file(path)
    except Exception as error:  # safetensors has errors of its own, torch others
        raise damaged(path, ".safetensors", error, REMEDY) from error
    found = named_contents(tensors, path)
    check_floating(found.values.dtype, name, WHERE)
    return found if found.values.nbytes >= MAPPED else Contents(found.values.clone(), found.ids)
