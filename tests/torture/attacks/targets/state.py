"""States of runs that were interrupted, ``state.pt``."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

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
    share = 0.2

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        small_run(folder / "run", EPOCHS)
        files = {path.name: path.read_bytes() for path in (folder / "run").iterdir()}
        self.state, self.weights = files["state.pt"], files["model.safetensors"]
        self.undisturbed = _told(small_run(folder / "run", EPOCHS + 1, resume=True))

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, or objects that are no state."""
        file, way = io.BytesIO(), rng.random()
        if way < 0.02:
            return self.canary.pickled()
        if way < 0.04:
            torch.save({"repr": self.canary, "config": {}}, file)
            return file.getvalue()
        return damaged(rng, self.state, 0 if way < 0.6 else 2500)

    def read(self, raw: bytes, folder: Path) -> None:
        """Go on from it; a state that is accepted leads to where the undamaged one does."""
        (folder / "state.pt").write_bytes(raw)
        (folder / "model.safetensors").write_bytes(self.weights)
        result = small_run(folder, EPOCHS + 1, resume=True)
        if _told(result) != self.undisturbed:
            raise WrongData(f"accepted, although {_damage(raw)}; the run ends elsewhere")


def _told(result: FitResult) -> object:
    history = [{key: value for key, value in epoch.items() if key != "seconds"} for epoch in result.history]
    return history, result.valid, result.test, result.best_epoch


def _damage(raw: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            part = archive.testzip()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return f"the checksum of {part!r} is wrong" if part else "nothing in the archive says so"
