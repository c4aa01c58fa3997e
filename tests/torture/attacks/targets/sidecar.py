"""What ``encode`` writes: features, ids of their rows, and where they come from; one of the three damaged."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from attacks.campaign import Target
from attacks.mutate import damaged
from attacks.outcome import WrongData
from pygmmrec.data import read_features
from pygmmrec.encoders import encode

TEXTS = {f"item {number}": f"words of {number}" for number in range(12)}


def _rows(texts: list[str]) -> np.ndarray:
    return np.array([[len(text), *map(ord, text[-2:])] for text in texts], dtype=np.float32)


class MadeFile(Target):
    """One of the three files; the other two are as they were written."""

    file: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        made = folder / "made"
        made.mkdir()
        encode(list(TEXTS), list(TEXTS.values()), _rows, output=made / "text_feat.npy", progress=False)
        self.files = {path.name: path.read_bytes() for path in made.iterdir()}
        self.whole = self._told(made)

    def right(self) -> bytes:
        """As the library writes it."""
        return self.files[self.file]

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes."""
        return damaged(rng, self.right(), rng.choice([0, 128]))

    def read(self, raw: bytes, folder: Path) -> None:
        """Read the features; what is accepted is what was written: values, ids, and where they come from."""
        for name, content in {**self.files, self.file: raw}.items():
            (folder / name).write_bytes(content)
        if self._told(folder) != self.whole:
            raise WrongData("accepted, and other than what was written")

    def _told(self, folder: Path) -> Any:
        found = read_features(folder / "text_feat.npy")
        ids = None if found.ids is None else list(found.ids.ids)
        return found.values.tolist(), ids, found.made_by


class MadeFeatures(MadeFile):
    """The matrix."""

    name = "made_features"
    file = "text_feat.npy"


class MadeIds(MadeFile):
    """The ids of its rows."""

    name = "made_ids"
    file = "text_feat.ids.parquet"


class MadeSidecar(MadeFile):
    """Where it comes from."""

    name = "sidecar"
    file = "text_feat.json"

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, or another value under a key."""
        if rng.random() < 0.6:
            return damaged(rng, self.right())
        values = json.loads(self.right())
        key = rng.choice(list(values))
        match rng.randrange(3):
            case 0:
                del values[key]
            case 1:
                values["unknown"] = 1
            case _:
                values[key] = rng.choice([None, "", "x", -1, 0, 2.5, True, [], {}, [3], {"a": 1}, 2**70])
        return json.dumps(values, indent=2).encode()
