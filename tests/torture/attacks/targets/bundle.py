"""Bundles of which one file is damaged."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from attacks.campaign import Target
from attacks.mutate import damaged
from attacks.outcome import WrongData
from attacks.small import OPTIONS
from pygmmrec.bundles.manifest import OWN
from pygmmrec.data import NodeInfo, build_hetero_data
from pygmmrec.models import LightGCN
from pygmmrec.serving import Served, load
from pygmmrec.training import fit

USERS, ITEMS = 9, 12
MANIFEST = "bundle.json"
STRANGE: list[Any] = [None, True, "", "3", -1, 2.5, 2**70, [], [1], {}, {"a": 1}, "../x", "x" * 5000, "a\0b"]


def _bundle(folder: Path) -> dict[str, bytes]:
    """The files of a small run, whose users are texts and whose items have titles, by name."""
    rng = np.random.default_rng(3)
    users = np.repeat([f"user {number}" for number in range(USERS)], 6)
    items = np.concatenate([rng.permutation(ITEMS)[:6] for _ in range(USERS)]) * 10
    features = {"image": (rng.normal(size=(ITEMS, 5)).astype(np.float32), [n * 10 for n in range(ITEMS)])}
    data = build_hetero_data((users, items, np.tile([0, 0, 0, 0, 1, 2], USERS)), features)
    data["item"].info = NodeInfo({"title": [f"title {n}" for n in range(ITEMS)], "price": [*range(ITEMS)]})
    data = LightGCN.prepare(data)
    model = LightGCN.from_data(data, seed=1, embedding_dim=4)
    fit(model, data, epochs=2, seed=1, output=folder, **OPTIONS)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _answers(served: Served) -> Any:
    """What a bundle is asked for."""
    told = served.recommend(list(served.users.ids.ids), k=3)
    return told.to_pylist(), list(served.users.ids.ids), list(served.items.ids.ids), served.manifest


class BundleFile(Target):
    """One file of a bundle, with damage that its digest tells."""

    file: ClassVar[str]
    share = 0.02

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.files = _bundle(folder / "run")
        self.whole = _answers(load(folder / "run"))

    def right(self) -> bytes:
        """As the library writes it."""
        return self.files[self.file]

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes."""
        return damaged(rng, self.right(), rng.choice([0, 300]))

    def read(self, raw: bytes, folder: Path) -> None:
        """Load the bundle; one that is accepted answers as before."""
        for name, content in {**self.files, self.file: raw}.items():
            (folder / name).write_bytes(content)
        if _answers(load(folder)) != self.whole:
            raise WrongData("accepted, and it answers otherwise")


class BundleManifest(BundleFile):
    """The file that says what belongs to it."""

    name = "bundle"
    file = MANIFEST

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, or another value in it, half of these with the digest of what it then says."""
        if rng.random() < 0.4:
            return damaged(rng, self.right())
        told = json.loads(self.right())
        _change(rng, told)
        return _signed(told) if rng.random() < 0.5 else json.dumps(told).encode()

    def read(self, raw: bytes, folder: Path) -> None:
        """Load the bundle; one that is accepted gives the same answers, whatever else it says of itself."""
        for name, content in {**self.files, self.file: raw}.items():
            (folder / name).write_bytes(content)
        if _answers(load(folder))[:3] != self.whole[:3]:
            raise WrongData("accepted, and it answers otherwise")


class BundleWeights(BundleFile):
    """``model.safetensors``"""

    name = "bundle_weights"
    file = "model.safetensors"


class BundleGraph(BundleFile):
    """``graph.json``"""

    name = "bundle_graph"
    file = "graph.json"


class BundleTensors(BundleFile):
    """``graph.safetensors``"""

    name = "bundle_tensors"
    file = "graph.safetensors"


class BundleIds(BundleFile):
    """``users.parquet``"""

    name = "bundle_ids"
    file = "users.parquet"


def _signed(told: dict[str, Any]) -> bytes:
    """A manifest with the digest of what it says."""
    told = {name: value for name, value in told.items() if name != OWN}
    own = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return json.dumps({**told, OWN: own}).encode()


def _change(rng: random.Random, held: Any) -> None:
    """Make one part, however deep, another value, or take it away."""
    key = rng.choice(list(held) if isinstance(held, dict) else range(len(held)))
    inner = held[key]
    if isinstance(inner, (dict, list)) and len(inner) > 0 and rng.random() < 0.8:
        _change(rng, inner)
    elif rng.random() < 0.2:
        del held[key]
    elif isinstance(held, dict) and rng.random() < 0.1:
        held[rng.choice(["", "x", "$tensor", "$tuple", "$dict", "$float", "$adj", "$table"])] = held.pop(key)
    elif isinstance(inner, str) and rng.random() < 0.4:
        held[key] = damaged(rng, inner.encode()).decode("latin1")
    else:
        held[key] = rng.choice(STRANGE)
