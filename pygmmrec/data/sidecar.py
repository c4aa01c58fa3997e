"""Where a feature file comes from, in a JSON file beside it."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from pygmmrec.graph.raw_ids import digest, ids_as_json
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing, sha256_of
from pygmmrec.utils.json_file import check_fields, object_digest, read_json

OWN = "sha256_of_this"
"""Where the file has the digest of all else that it says."""

REMEDY = "Make the features again by encode(..., overwrite=True), or move the .json file away."


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """What made the features of a file, and what they are; ``text_feat.json`` beside ``text_feat.npy``.

    Attributes:
        kind: What was encoded: ``text``, ``image``, or ``function`` where a function did it.
        model: Name or folder of the model, or the name of its class.
        revision: Which version of it: a commit, or a digest of its files, its weights or its code. ``None``
            where there is nothing to tell versions apart by.
        settings: How it was asked to encode, such as ``template``, ``pooling``, ``normalize`` and
            ``image_size``; ``None`` leaves a choice to the model.
        found: How the model encodes, as far as it tells, such as its pooling and the digest of its weights.
        versions: The libraries at work, by name.
        device: Where the model ran.
        batch_size: Values that the model saw at once.
        count: Number of rows N.
        row_shape: Shape of a row: ``[F]``, ``[L, F]`` or ``[F, H, W]``.
        ids: Digest of the ids of the rows; their order counts.
        content: Digest of what was encoded; its order counts.
        num_missing: Rows that are NaN, because a text was empty or an image broken.
        missing: The ids of the first of them.
        date: When the file was made, in UTC.
        sha256: Digest of the file.
    """

    kind: str
    model: str
    revision: str | None
    settings: dict[str, Any]
    found: dict[str, Any]
    versions: dict[str, str]
    device: str
    batch_size: int
    count: int
    row_shape: list[int]
    ids: str
    content: str
    num_missing: int
    missing: list[Any]
    date: str
    sha256: str

    @staticmethod
    def path(features: str | PathLike[str]) -> Path:
        """Where the sidecar of a feature file lies: ``x/text_feat.json`` for ``x/text_feat.npy``."""
        return Path(features).with_suffix(".json")

    @classmethod
    def of(cls, features: str | PathLike[str]) -> Sidecar | None:
        """The sidecar of a feature file, or ``None`` where there is none.

        Raises:
            ValueError: If it is damaged, or no such file.
        """
        path = cls.path(features)
        if not path.is_file():
            return None
        told = read_json(path, "Sidecar", REMEDY)
        whole, value = told.pop(OWN, None) == object_digest(told), f"{fspath(path)!r}, which is damaged"
        check(whole, "path", "a .json file as it was written", "Sidecar", value, REMEDY)
        return cls(**check_fields(told, cls, fspath(path), "Sidecar", REMEDY))

    def write(self, features: str | PathLike[str]) -> None:
        """Put it beside a feature file; it appears only once it is complete."""
        values = asdict(self)
        text = json.dumps({**values, OWN: object_digest(values)}, indent=2, allow_nan=False)
        with replacing(self.path(features)) as temporary:
            temporary.write_text(f"{text}\n", encoding="utf-8")

    def check(self, features: str | PathLike[str]) -> None:
        """Raise unless a file holds what the sidecar says, to the byte.

        Raises:
            ValueError: If the file is missing, of another shape, or was changed or damaged since.
        """
        shown, path = fspath(features), Path(features)
        check(path.is_file(), "path", "an existing .npy file", "Sidecar", shown, REMEDY)
        try:
            header = np.lib.format.open_memmap(path, mode="r")  # reads no values
            shape, dtype = list(header.shape), str(header.dtype)
        except Exception as error:  # damaged headers raise whatever Python's parser and NumPy do
            message = (
                f"'path' needs to be a complete .npy file in 'Sidecar' (got {shown!r}: {error}). {REMEDY}"
            )
            raise ValueError(message) from error
        wanted = [self.count, *self.row_shape]
        fine = shape == wanted and dtype == "float32"
        requirement = f"a float32 matrix {wanted}, as its .json file says"
        check(fine, "path", requirement, "Sidecar", f"{shown} of {dtype} {shape}", REMEDY)
        with open(path, "rb") as file:
            same = sha256_of(file) == self.sha256
        requirement = "the file whose sha256 its .json file names"
        check(same, "path", requirement, "Sidecar", f"{shown}, which was changed or damaged since", REMEDY)

    def check_ids(self, ids: Sequence[Hashable]) -> None:
        """Raise unless these are the ids of the rows, in their order.

        Args:
            ids: Raw ids, as :attr:`IdMap.ids <pygmmrec.data.IdMap.ids>` holds them.

        Raises:
            ValueError: If one differs or stands elsewhere.
        """
        same = digest(ids_as_json(ids)) == self.ids
        requirement = f"the {self.count} ids that the rows were made for, in their order"
        remedy = "Their order is in the .ids.parquet file."
        check(same, "ids", requirement, "Sidecar", f"{len(ids)} others, or in another order", remedy)
