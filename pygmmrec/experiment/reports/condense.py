"""What a report keeps of a run, so that it can be written again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pygmmrec.experiment.reports.cells import METRIC, SECOND
from pygmmrec.training import FitResult
from pygmmrec.utils.files import replacing

PER_USER = "test_per_user.npz"
PER_PAIR = "test_per_pair.npz"


def short(seconds: float) -> float:
    """Seconds in four digits."""
    return float(f"{seconds:.4g}")


def kept(value: float) -> float:
    """A value of a history, in six digits."""
    return float(f"{value:.6g}")


def condense(result: FitResult) -> dict[str, Any]:
    """A result with the part of its history that reports draw, in six digits."""

    def shorten(entry: dict[str, Any]) -> dict[str, Any]:
        return {
            "epoch": entry["epoch"],
            "loss": {name: kept(value) for name, value in entry["loss"].items()},
            "valid": {name: kept(entry["valid"][name]) for name in (METRIC, SECOND) if entry["valid"]},
            "seconds": short(entry["seconds"]),
        }

    return {**vars(result), "history": [shorten(entry) for entry in result.history]}


def copy_run(result: FitResult, source: Path, target: Path) -> None:
    """Leave a run in another folder: its result with a line per epoch, and metrics of users and pairs."""
    values = condense(result)
    history = ",\n".join(json.dumps(entry) for entry in values.pop("history"))
    text = json.dumps(values, indent=1, allow_nan=False).removesuffix("\n}")
    with replacing(target / "result.json") as temporary:
        temporary.write_text(f'{text},\n "history": [\n{history}\n]\n}}\n')
    for name in (PER_USER, PER_PAIR):
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)
