"""Data sets that were kept as built, ``.pt``."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import torch
from torch_geometric.data import HeteroData

from attacks.campaign import Target
from attacks.mutate import damaged
from attacks.outcome import WrongData
from pygmmrec.datasets import InteractionFolder
from pygmmrec.models import LightGCN
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID


class CacheFile(Target):
    """The cache of a folder that is read as if nothing was wrong, or built anew."""

    name = "cache"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.source = folder / "source"
        self.source.mkdir()
        rng = np.random.default_rng(5)
        pairs = {(int(u), int(i)) for u, i in rng.integers(12, size=(70, 2))}
        rows = "".join(f"{user}\t{item}\n" for user, item in sorted(pairs))
        (self.source / "a.inter").write_text("userID\titemID\n" + rows)
        np.save(self.source / "image_feat.npy", rng.normal(size=(12, 5)).astype(np.float32))
        self.graph = self._open(folder / "cache")
        (path,) = (folder / "cache").iterdir()
        self.file, self.whole = path.name, path.read_bytes()

    def _open(self, cache: Path) -> HeteroData:
        return InteractionFolder(self.source, cache_dir=cache, pre_transform=LightGCN.pre_transform())[0]

    def right(self) -> bytes:
        """As the library writes it."""
        return self.whole

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, or objects that are no graph."""
        file, way = io.BytesIO(), rng.random()
        if way < 0.02:
            return self.canary.pickled()
        if way < 0.04:
            torch.save({"a": self.canary}, file)
            return file.getvalue()
        return damaged(rng, self.whole, 0 if way < 0.6 else 3000)

    def read(self, raw: bytes, folder: Path) -> None:
        """Open the data set, and compare the graph with that of the source."""
        (folder / self.file).write_bytes(raw)
        found = self._open(folder)
        for edge_type, key in (
            (INTERACTS, "edge_index"),
            (REV_INTERACTS, "edge_index"),
            (INTERACTS, VALID),
            (INTERACTS, TEST),
        ):
            if not torch.equal(found[edge_type][key], self.graph[edge_type][key]):
                raise WrongData(f"other {key} of {edge_type}")
        if not torch.equal(found["item"].image, self.graph["item"].image):
            raise WrongData("other features")
        if (folder / self.file).read_bytes() == raw != self.whole:
            raise WrongData("a damaged cache was left as it is")
