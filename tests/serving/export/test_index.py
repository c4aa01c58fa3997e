"""Indices find the best dot products, and say how many they miss."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pygmmrec.serving.export.index import load_faiss, recall, write_index
from pygmmrec.serving.export.vectors import Vectors


def test_recall_counts_what_is_among_the_best() -> None:
    items = np.array([[3.0], [2.0], [2.0], [1.0]], dtype="float32")
    asked = np.ones((200, 1), dtype="float32")
    for places, wanted in (([0, 1], 1.0), ([0, 2], 1.0), ([0, 3], 0.5), ([-1, 0], 0.5), ([3, -1], 0.0)):
        assert recall(np.array([places] * 200), asked, items) == wanted


def test_without_faiss_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pygmmrec.utils.extras.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pygmmrec\[faiss\]'"):
        load_faiss()


def test_files_and_recall(tmp_path: Path) -> None:
    faiss = pytest.importorskip("faiss")
    rng = np.random.default_rng(0)
    users, items = (
        Vectors(kind, {"id": pa.array(range(n))}, rng.normal(size=(n, 8)).astype("float32"))
        for kind, n in (("user", 300), ("item", 500))
    )
    told = write_index(tmp_path, users, items)
    assert (told["k"], told["users"]) == (10, 300)
    assert told["of"]["flat"] == 1.0
    assert told["of"]["hnsw"] > 0.95
    exact = np.argsort(-(users.values @ items.values.T), axis=1, kind="stable")[:, :10]
    index = faiss.read_index(str(tmp_path / "items.flat.faiss"))
    assert np.array_equal(index.search(users.values, 10)[1], exact)
    graph = faiss.read_index(str(tmp_path / "items.hnsw.faiss"))
    same = (graph.search(users.values, 10)[1][:, :, None] == exact[:, None, :]).any(2).mean()
    assert told["of"]["hnsw"] == pytest.approx(same, abs=1e-3)
    assert json.loads((tmp_path / "item_ids.json").read_text()) == list(range(500))
