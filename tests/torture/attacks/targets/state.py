"""States of runs that were interrupted, ``state.pt``."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path
from typing import Any

import torch

from attacks.campaign import Target
from attacks.mutate import damaged
from attacks.outcome import WrongData
from attacks.small import small_run
from pygmmrec.training import FitResult

EPOCHS = 2


class StateFile(Target):
    """A state after two epochs, from which a third is trained."""

    name = "state"
    share = 0.1

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        small_run(folder / "run", EPOCHS)
        files = {path.name: path.read_bytes() for path in (folder / "run").iterdir()}
        self.state, self.weights = files["state.pt"], files["model.safetensors"]
        self.undisturbed = _told(small_run(folder / "run", EPOCHS + 1, resume=True))

    def right(self) -> bytes:
        """As the library writes it."""
        return self.state

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, objects that are no state, or one with a part of another kind, or without it."""
        file, way = io.BytesIO(), rng.random()
        if way < 0.02:
            return self.canary.pickled()
        if way < 0.5:
            return damaged(rng, self.state, rng.choice([0, 2500]))
        state = {"repr": self.canary, "config": {}}
        if way > 0.52:
            state = torch.load(io.BytesIO(self.state), weights_only=True)
            _change(rng, state)
        torch.save(state, file)
        return file.getvalue()

    def read(self, raw: bytes, folder: Path) -> None:
        """Go on from it; a state that is accepted leads to where the undamaged one does."""
        (folder / "state.pt").write_bytes(raw)
        (folder / "model.safetensors").write_bytes(self.weights)
        result = small_run(folder, EPOCHS + 1, resume=True)
        if _told(result) != self.undisturbed:
            raise WrongData(f"accepted, although {_damage(raw)}; the run ends elsewhere")


def _change(rng: random.Random, held: Any) -> None:
    """Make one part, however deep, a value of another kind or shape, or take it away."""
    key = rng.choice(list(held) if isinstance(held, dict) else range(len(held)))
    inner = held[key]
    if isinstance(inner, (dict, list)) and len(inner) > 0 and rng.random() < 0.8:
        _change(rng, inner)
    elif rng.random() < 0.2:
        del held[key]
    elif isinstance(inner, torch.Tensor):
        others = [
            inner.flatten()[:-1],
            inner[None],
            inner.bool(),
            inner.double(),
            inner.to(torch.int64),
            None,
            "x",
        ]
        held[key] = rng.choice(others)
    else:
        others = [None, "x", b"x", [], {}, {"x": 1}, torch.zeros(3), (1, 2), float("nan"), -1, 2**70]
        kind = (int, float) if isinstance(inner, (int, float)) else type(inner)
        held[key] = rng.choice([other for other in others if not isinstance(other, kind)])


def _told(result: FitResult) -> str:
    """In words, which compare whatever stands in place of a number."""
    history = [{key: value for key, value in epoch.items() if key != "seconds"} for epoch in result.history]
    return repr((history, result.valid, result.test, result.best_epoch))


def _damage(raw: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            part = archive.testzip()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return f"the checksum of {part!r} is wrong" if part else "nothing in the archive says so"
