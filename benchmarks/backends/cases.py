"""What a user runs: steps of training, and rankings, on the graphs of the results."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch_geometric import seed_everything
from torch_geometric.data import HeteroData

import pygmmrec.models
from pygmmrec.datasets import InteractionFolder, SyntheticMultimodal
from pygmmrec.evaluation import evaluate
from pygmmrec.experiment import preset
from pygmmrec.training import Run
from pygmmrec.typing import INTERACTS, TEST, VALID

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("accuracy", "propagation")]
import gowalla
from graphs import KNOWN

NO_END = 10**9
"""Epochs; none is validated."""

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "LightGCN": ("LightGCN", {}),
    "LightGCN, 1 layer": ("LightGCN", {"num_layers": 1}),
    "FREEDOM": ("FREEDOM", {}),
    "CRANE": ("CRANE", {}),
    "GRCN": ("GRCN", {}),
}
"""Models, and what differs from their presets for TikTok. The first two need no features."""

RANKED = "LightGCN"
"""The one whose ranking is timed: those of the others take as long, but for their forward pass."""


class Case(NamedTuple):
    """A model on a graph, on so many threads."""

    graph: str
    model: str
    threads: int


def load(graph: str) -> HeteroData:
    """Users, items, their splits and, on TikTok, features."""
    if graph == "synthetic":
        return SyntheticMultimodal()[0]
    path = Path(os.environ.get("PYGMMREC_DATA", "data")) / KNOWN[graph].path
    if path.suffix == ".npz":
        data = gowalla.load(path)
        data[INTERACTS][VALID] = data[INTERACTS][TEST]  # a run asks for some, and none is scored
        return data
    folder, table = (path, None) if path.is_dir() else (path.parent, path.stem)
    return InteractionFolder(folder, name=table)[0]


def build(case: Case) -> dict[str, Callable[[], object]]:
    """What is timed: ``step``, and ``ranking`` of one model, on as many threads as the case says."""
    torch.set_num_threads(case.threads)
    name, changed = MODELS[case.model]
    settings, cls = preset(name, "tiktok"), getattr(pygmmrec.models, name)
    seed_everything(0)
    data = cls.prepare(load(case.graph), **settings["pre_transform"])
    model = cls.from_data(data, **{**settings["model"], **changed})
    options = {**settings["training"], "epochs": NO_END}
    transform = cls.epoch_transform(**settings["epoch_transform"])
    run = Run(model, data, epoch_transform=transform, device="cpu", progress=False, **options)
    graph = next(iter(run))
    run.refresh(graph)
    batches = run.batches()

    def step() -> None:
        nonlocal batches
        batch = next(batches, None)
        if batch is None:
            batches = run.batches()
            batch = next(batches)
        run.step(run.loss(graph, batch))

    step()  # whose gradient passes through what is built once an epoch
    runs: dict[str, Callable[[], object]] = {"step": step}
    if case.model == RANKED:
        runs["ranking"] = lambda: evaluate(model, data, split="test")
    return runs
