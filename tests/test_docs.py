"""What the documentation says is so: the pages on data and training run, snippet after snippet."""

import re
import shutil
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

REPO = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", flags=re.MULTILINE)


def letters(batch: list[Any]) -> np.ndarray:
    """Stands for the models that snippets name: a row for each text, or for the path of each image."""
    return np.array([[str(value).count(letter) for letter in "aeiou"] for value in batch], dtype=np.float32)


def test_the_page_on_data_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PIL.Image")
    shutil.copytree(REPO / "examples" / "data", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    page = (REPO / "docs" / "data.rst").read_text(encoding="utf-8")
    names: dict[str, Any] = {"letters": letters}
    ran = 0
    for block in BLOCK.findall(page):
        code = textwrap.dedent(block)
        if "path/to/" in code:
            continue
        for model in ("all-MiniLM-L6-v2", "resnet50"):
            code = code.replace(f'"{model}"', "letters")
        exec(compile(code, "data.rst", "exec"), names)
        ran += 1
    assert ran >= 9
    assert len(names["names"]) == names["data"]["item"].num_nodes
    assert int(names["data"]["item"].lyrics_available.sum()) == 3


def test_the_page_on_training_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna").logging.set_verbosity(30)
    monkeypatch.chdir(tmp_path)
    page = (REPO / "docs" / "training.rst").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in BLOCK.findall(page):
        code = textwrap.dedent(block)
        assert len([line for line in code.splitlines() if line.strip()]) <= 10
        exec(compile(code, "training.rst", "exec"), names)
    assert names["result"].epochs == 2
    assert len(names["study"].trials) == 2
    assert (tmp_path / "runs" / "logged" / "csv" / "version_0" / "metrics.csv").is_file()
