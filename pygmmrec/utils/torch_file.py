"""Reads what ``torch.save`` wrote, where it may be damaged, without unpickling anything."""

from __future__ import annotations

import zipfile
from os import PathLike
from typing import Any

import torch

MAGIC = b"PK"
"""How an archive begins; files of torch before 1.6 are none, and have no checksums."""


def load_plain(path: str | PathLike[str]) -> Any:
    """Tensors and plain values of a file, on the CPU; the checksum of each part of an archive is looked at,
    which torch does not do.

    Raises:
        Exception: Whatever zipfile, pickle and torch raise on damaged files, and on pickles of anything else.
    """
    with open(path, "rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            with zipfile.ZipFile(file) as archive:
                broken = archive.testzip()
                if broken is not None or len(set(archive.namelist())) < len(archive.namelist()):
                    raise zipfile.BadZipFile(f"{broken or 'a part that is there twice'} is damaged")
        file.seek(0)
        return torch.load(file, map_location="cpu", weights_only=True)
