"""Seconds and peak memory of one epoch against the number of entities, on random graphs."""

from __future__ import annotations

import functools
import itertools
import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from apart import run_apart
from study import Study
from study_parts import FULL_MODEL
from torch_geometric import seed_everything
from torch_geometric.data import HeteroData

from pygmmrec.data import build_hetero_data
from pygmmrec.models import CRANE, LightGCN, Recommender
from pygmmrec.training import Run
from pygmmrec.training.environment import environment
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.typing import INTERACTS
from pygmmrec.utils.files import replacing

logger = logging.getLogger(__name__)

FORMS = ("entity", "feature", "bucket", "LightGCN")
EDGES_PER_USER = 8  # of each: six train, one validates, one tests


def cost_file(output: Path, form: str, size: int) -> Path:
    """Where a measurement lies."""
    return output / "cost" / f"{form}-{size}.json"


def random_graph(size: int, modality_dims: Mapping[str, int]) -> HeteroData:
    """As many users as items, together ``size``; popularity of items with a power law, random features."""
    rng = np.random.default_rng(0)
    num = size // 2
    item = (num * rng.random((num, 4 * EDGES_PER_USER)) ** 2).astype(np.int64)  # many repeats: draw more
    rows = [np.unique(row)[:EDGES_PER_USER] for row in item]
    user = np.repeat(np.arange(num), [len(row) for row in rows])
    label = np.concatenate([np.r_[np.zeros(len(row) - 2, int), 1, 2] for row in rows])
    features = {name: rng.normal(size=(num, dim)).astype(np.float32) for name, dim in modality_dims.items()}
    return build_hetero_data(
        (user, np.concatenate(rows), label), features, user_ids=range(num), item_ids=range(num)
    )


def build(form: str, data: HeteroData, model: Mapping[str, Any]) -> Recommender:
    """The model whose cost is measured."""
    if form == "LightGCN":
        config = {"embedding_dim": model["embedding_dim"], "num_layers": model["num_ui_layers"]}
        return LightGCN.from_data(data, **config)
    return CRANE.from_data(data, **{**model, "correlation": form})


def is_measured(path: Path, settings: Mapping[str, Any]) -> bool:
    """Whether a measurement is there.

    Raises:
        ValueError: If it is of other settings.
    """
    if not path.is_file():
        return False
    if json.loads(path.read_text())["settings"] != settings:
        raise ValueError(f"{path} is of other settings: choose another --output, or delete it")
    return True


def measure_cost(form: str, size: int, path: Path, settings: Mapping[str, Any]) -> None:
    """Train two epochs and write what they cost: memory of both above the start, seconds of the second.

    An epoch draws its graph, refreshes the item graph and takes all steps, the first of them with the
    gradient of the refresh; nothing is validated.

    Args:
        form: Correlation of CRANE, or ``LightGCN``.
        size: Users and items together, N.
        path: File of the numbers.
        settings: ``model``: arguments of CRANE, of which the correlation is replaced; ``batch_size``;
            ``device``.
    """
    seed_everything(0)
    data = random_graph(size, settings["model"]["modality_dims"])
    net = build(form, data, settings["model"])
    run = Run(
        net,
        net.pre_transform()(data),
        epoch_transform=net.epoch_transform(),
        batch_size=settings["batch_size"],
        device=settings["device"],
        progress=False,
    )
    reset_peak_memory(run.device)
    before, starts = memory_mb(run.device), []
    for graph in run:  # no epoch is validated, so none ends it
        _synchronize(run.device)
        starts.append(time.perf_counter())
        if len(starts) == 3:
            break
        run.refresh(graph)
        for batch in run.batches():
            run.step(run.loss(graph, batch))
    peak = peak_memory_mb(run.device)
    report = {
        "form": form,
        "entities": size,
        "edges": data[INTERACTS].edge_index.size(1),
        "seconds": starts[2] - starts[1],
        "peak_mb": None if before is None or peak is None else peak - before,
        "settings": settings,
        "environment": environment(run.device),
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n")


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def run_costs(study: Study) -> list[str]:
    """Measure what has not been measured yet, one process after the other; returns what failed."""
    args, failed = study.args, []
    if "cost" not in args.parts:
        return failed
    settings = {
        "model": {
            name: value for name, value in study.base.items() if name not in ("num_users", "num_items")
        },
        "batch_size": study.preset(FULL_MODEL)["training"].get("batch_size", 2048),
        "device": args.device,
    }
    work = {}
    for size, form in itertools.product(sorted(args.sizes), FORMS):
        path = cost_file(Path(args.output), form, size)
        if not is_measured(path, settings):
            measure = functools.partial(measure_cost, form, size, path, settings)
            work[f"cost of {form}, N = {size}"] = measure

    def done(name: str, fine: bool) -> None:
        logger.info("%s: %s", name, "done" if fine else "failed")
        if not fine:
            failed.append(name)

    run_apart(work, 1, done)
    return failed
