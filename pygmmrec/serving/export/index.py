"""An index of items for dot products, checked against exact ranking; needs the extra ``faiss``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pygmmrec.serving.export.formats import write_ids
from pygmmrec.serving.export.vectors import Vectors
from pygmmrec.utils.extras import load_extra

LINKS = 32
"""Links of an item in the graph of HNSW."""

BUILD, SEARCH = 200, 128
"""Candidates that HNSW looks at when an item comes in, and when somebody asks."""

USERS, BEST = 1000, 10
"""Users, and the best items of each, by which recall is measured."""

BLOCK = 64
"""Of them, how many are scored at a time."""

EQUAL = 1e-5
"""How far below the last exact score a found one may be, relative to the largest."""


def load_faiss() -> Any:
    """The library.

    Raises:
        ModuleNotFoundError: If it is not installed; it says how to install it.
    """
    return load_extra("faiss", "faiss")


def write_index(folder: Path, users: Vectors, items: Vectors) -> dict[str, Any]:
    """``items.flat.faiss`` and ``items.hnsw.faiss``, with the users' vectors and all ids.

    Returns:
        ``k``, the number of ``users`` asked, and the recall ``of`` each index, see :func:`recall`.
    """
    faiss = load_faiss()
    dim = items.values.shape[1]
    hnsw = faiss.IndexHNSWFlat(dim, LINKS, faiss.METRIC_INNER_PRODUCT)
    hnsw.hnsw.efConstruction, hnsw.hnsw.efSearch = BUILD, SEARCH
    indices = {"flat": faiss.IndexFlatIP(dim), "hnsw": hnsw}
    asked = users.values[:: max(1, len(users.values) // USERS)][:USERS]
    k = min(BEST, len(items.values))
    found: dict[str, float] = {}
    for name, index in indices.items():
        index.add(items.values)
        faiss.write_index(index, str(folder / f"items.{name}.faiss"))
        found[name] = recall(index.search(asked, k)[1], asked, items.values)
    np.save(folder / "user_vectors.npy", users.values, allow_pickle=False)
    for side in (users, items):
        write_ids(folder, side)
    return {"k": k, "users": len(asked), "of": found}


def recall(places: np.ndarray, asked: np.ndarray, items: np.ndarray) -> float:
    """Share of the items found whose score is one of the k best ones. Items of equal score are alike.

    Args:
        places: What an index found, -1 where it found nothing.
        asked: Vectors of users.
        items: Vectors of all items.

    Shapes:
        places [B, k], asked [B, D], items [I, D]
    """
    k = places.shape[1]
    right = [
        _is_best(places[start : start + BLOCK], asked[start : start + BLOCK] @ items.T, k)
        for start in range(0, len(places), BLOCK)
    ]
    return float(np.concatenate(right).mean())


def _is_best(places: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    last = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]  # [B, 1], the k-th best
    got = np.take_along_axis(scores, np.maximum(places, 0), axis=1)  # [B, k]
    is_best: np.ndarray = (got >= last - EQUAL * np.abs(scores).max()) & (places >= 0)
    return is_best
