"""Vectors are exported whole, with what they are of."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pygmmrec.serving import Served
from pygmmrec.serving.export.export import PLAIN, check_export, export_vectors
from pygmmrec.serving.export.vectors import vectors_of

FILES = {
    "parquet": ["users.parquet", "items.parquet"],
    "numpy": ["user_vectors.npy", "item_vectors.npy", "user_ids.json", "item_ids.json"],
    "safetensors": ["vectors.safetensors", "user_ids.json", "item_ids.json"],
}


@pytest.mark.parametrize("format", sorted(PLAIN))
def test_files_and_what_they_say(format: Any, served: Served, tmp_path: Path) -> None:
    folder = served.export(tmp_path / "out", format, dtype="float16")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*FILES[format], "README.md", "export.json"]
    )
    told = json.loads((folder / "export.json").read_text())
    assert (told["format"], told["dtype"], told["dim"]) == (format, "float16", 8)
    assert (told["model"], told["dataset"], told["num_users"]) == ("LightGCN", "small", 60)


def test_an_earlier_export_is_replaced_if_told(served: Served, tmp_path: Path) -> None:
    served.export(tmp_path, "numpy")
    with pytest.raises(ValueError, match="overwrite=True"):
        served.export(tmp_path)
    served.export(tmp_path, overwrite=True)
    assert not (tmp_path / "user_vectors.npy").exists()
    sides = vectors_of(served.model, served.embeddings, (served.users, served.items), "float32")
    origin = {"model": "M", "num_users": 60, "num_items": 80}
    assert export_vectors(tmp_path, sides, origin, "numpy", True) == tmp_path
    assert np.array_equal(np.load(tmp_path / "item_vectors.npy"), sides[1].values)


def test_what_is_refused_before_any_work() -> None:
    with pytest.raises(ValueError, match=r"'format' needs to be one of .*got 'csv'"):
        check_export("csv", "float32", False)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'float32' for the format 'faiss'"):
        check_export("faiss", "float16", False)
    with pytest.raises(ValueError, match="'overwrite' needs to be True or False"):
        check_export("numpy", "float16", 1)  # type: ignore[arg-type]
