"""A small graph, a model for it, and the files of a run on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch_geometric.data import HeteroData

from pygmmrec.data import build_hetero_data
from pygmmrec.models import LightGCN
from pygmmrec.training import FitResult, fit

USERS, ITEMS, PER_USER = 12, 16, 6

OPTIONS: dict[str, Any] = {
    "ks": (5, 10),
    "monitor": "ndcg@10",
    "device": "cpu",
    "progress": False,
    "lr": 0.01,
}
"""Of each run here; epochs 1, 4, 6, 7 and 8 are each the best so far."""


def small_graph() -> HeteroData:
    """Twelve users with six of sixteen items each, two of them held out, and features; prepared."""
    rng = np.random.default_rng(3)
    users = np.repeat(np.arange(USERS), PER_USER)
    items = np.concatenate([rng.permutation(ITEMS)[:PER_USER] for _ in range(USERS)])
    labels = np.tile([0, 0, 0, 0, 1, 2], USERS)
    features = {"image": rng.normal(size=(ITEMS, 5)).astype(np.float32)}
    return LightGCN.prepare(build_hetero_data((users, items, labels), features))


def small_model(data: HeteroData, seed: int = 1) -> LightGCN:
    """A model of four numbers per node."""
    return LightGCN.from_data(data, seed=seed, embedding_dim=4, num_layers=2)


def small_run(folder: Path | None, epochs: int, seed: int = 1, **options: Any) -> FitResult:
    """Train it from the start, or go on."""
    data = small_graph()
    return fit(
        small_model(data, seed), data, epochs=epochs, seed=seed, output=folder, **{**OPTIONS, **options}
    )
