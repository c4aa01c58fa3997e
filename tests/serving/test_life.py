"""A model lives on after the process that trained it, and says the same on all ways out."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")
pytest.importorskip("uvicorn", reason="the extra serve is not installed")

SCRIPT = Path(__file__).parent / "life.py"


@pytest.fixture(scope="module")
def raw() -> Path:
    folder = Path(os.environ.get("PYGMMREC_DATA", "nowhere")) / "lfm2k" / "raw"
    if not folder.is_dir():
        pytest.skip("lfm2k/raw is not in PYGMMREC_DATA")
    return folder


def lived(verb: str, raw: Path, folder: Path) -> dict[str, Any]:
    """What a process of its own says, which has ended."""
    answers = folder / f"{verb}.json"
    command = [sys.executable, str(SCRIPT), verb, str(raw), str(folder / "run"), str(answers)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(answers.read_text())
    return found


def same(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """The same rows, with scores to 1e-6."""
    scores = [np.array([row.pop("score") for row in map(dict, rows)]) for rows in (found, wanted)]
    named = [[{**row, "score": None} for row in rows] for rows in (found, wanted)]
    assert len(wanted) > 0
    assert named[0] == named[1]
    np.testing.assert_allclose(*scores, rtol=0, atol=1e-6)


def test_another_process_says_what_the_one_that_trained_said(raw: Path, tmp_path: Path) -> None:
    trained = lived("train", raw, tmp_path)
    told = lived("answer", raw, tmp_path)
    for part in ("recommend", "fold_in", "new_artist", "similar"):
        same(told[part], trained[part])
    same(told["over_http"], trained["recommend"])
    same(told["folded_in_over_http"], trained["fold_in"])
    for part in ("vectors", "exported"):
        for kind, wanted in trained["vectors"].items():
            np.testing.assert_allclose(told[part][kind], wanted, rtol=0, atol=1e-6)
    assert {row["item"] for row in told["new_artist"]} == {10_000_000}
    assert any(row["title"] for row in told["recommend"])
