"""Matrices of features, ``.npy``."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import numpy as np

from attacks.campaign import Target
from attacks.mutate import damaged, damaged_npy_header
from attacks.outcome import WrongData
from attacks.targets.npy import parse_npy
from pygmmrec.data import read_features

VALUES = np.random.default_rng(7).normal(size=(12, 5)).astype(np.float32)


class MatrixFile(Target):
    """Features in several types and orders, one of them of Python objects."""

    name = "npy"

    def right(self) -> bytes:
        """A matrix of single precision."""
        return _npy(VALUES)

    def damage(self, rng: random.Random) -> bytes:
        """Another header, or other bytes."""
        objects = np.array([[self.canary, 1.0]] * 2, dtype=object)
        forms = [VALUES, VALUES.astype(np.float64), VALUES.astype(np.float16), VALUES.astype(">f4")]
        arrays: list[np.ndarray[Any, Any]] = [*forms, np.asfortranarray(VALUES), objects]
        data = _npy(rng.choice(arrays))
        if rng.random() < 0.35:
            data = damaged_npy_header(rng, data)
        return data if rng.random() < 0.2 else damaged(rng, data, 128)

    def read(self, raw: bytes, folder: Path) -> None:
        """Read features, and compare them with what the header and the bytes behind it say."""
        path = folder / "image_feat.npy"
        path.write_bytes(raw)
        found = read_features(path).values.numpy()
        try:
            said = parse_npy(raw)
        except Exception as error:
            raise WrongData(f"accepted, although {error}") from error
        with np.errstate(over="ignore"):
            if not np.array_equal(found, said.astype(np.float32), equal_nan=True):
                raise WrongData("other values than the bytes say")


def _npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()
