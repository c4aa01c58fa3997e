"""What a run left in its folder, to compare it with another's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

EXACT = ("valid", "test", "beyond", "best_epoch", "epochs", "counts", "seeds", "num_parameters")


def left_by(folder: Path) -> dict[str, Any]:
    """Names of files, metrics, the history without its seconds, details, and each bit of the weights."""
    result = json.loads((folder / "result.json").read_text())
    found: dict[str, Any] = {key: result[key] for key in EXACT}
    found["history"] = [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in result["history"]]
    for name in ("test_per_user", "test_per_pair"):
        with np.load(folder / f"{name}.npz") as file:
            found[name] = {key: file[key].tobytes() for key in file.files}
    weights = load_file(folder / "model.safetensors")
    found["weights"] = {key: value.tobytes() for key, value in weights.items()}
    found["files"] = sorted(path.name for path in folder.iterdir())
    return found


def differences(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """The names of what is not the same; files by their names."""
    names = [key for key in wanted if found[key] != wanted[key] and key != "files"]
    return names + sorted(set(found["files"]) ^ set(wanted["files"]))
