"""What a README says works: its code runs in the folder and finds what the model does."""

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pygmmrec.serving import Served
from pygmmrec.serving.export.readme import readme_of_lists, readme_of_vectors


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), flags=re.DOTALL)
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(compile(code, os.fspath(folder / "README.md"), "exec"), names)
    return names


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("format", ["parquet", "numpy", "safetensors"])
def test_the_code_gives_the_best_items(
    format: Any, dtype: Any, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(served.export(tmp_path / "out", format, dtype=dtype), monkeypatch)
    wanted = served.recommend(served.users.ids.ids[0], exclude=None)
    best = [served.items.ids.ids[0] + 3 * n for n in range(80)]
    assert found["item_ids"] == best
    scores = np.array([found["scores"][found["item_ids"].index(item)] for item in found["best"]])
    assert np.allclose(scores, wanted["score"].to_numpy(), rtol=5e-3, atol=1e-4)


def test_the_code_of_an_index_gives_the_best_items(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("faiss")
    found = run(served.export(tmp_path / "out", "faiss"), monkeypatch)
    assert found["best"] == served.recommend("u0", exclude=None)["item"].to_pylist()


def test_the_code_reads_lists(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = served.export_lists(tmp_path / "out", 3, users_per_part=25, progress=False)
    found = run(folder, monkeypatch)
    assert found["lists"].num_rows == found["num_rows"] == 180


def test_it_says_what_is_there() -> None:
    told = {"format": "numpy", "model": "CRANE", "num_users": 3, "num_items": 4, "dim": 8, "dtype": "float16"}
    said = readme_of_vectors(told)
    assert said.startswith("# Vectors of CRANE: 3 users, 4 items\n")
    assert "8 numbers, stored as\nfloat16" in said
    lists = {**told, "dataset": "plays", "k": 5, "exclude": None, "rows": 15, "columns": ["user", "rank"]}
    said = readme_of_lists({**lists, "users_per_part": 10})
    assert said.startswith("# Lists of CRANE on plays: 3 users, 4 items\n")
    assert "the 5 best items" in said
    assert "No item is left out." in said
