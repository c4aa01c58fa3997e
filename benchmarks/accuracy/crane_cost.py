"""Seconds and peak memory of one epoch of CRANE against the number of entities, on random graphs.

    python benchmarks/accuracy/crane_cost.py --dataset tiktok --root path/to/tiktok --output runs/crane-study

What has been measured is not measured again. study.py shows it as the part `cost` of the study in OUTPUT; run
this when nothing else runs.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch_geometric import seed_everything
from torch_geometric.data import HeteroData

from pygmmrec.data import build_hetero_data
from pygmmrec.experiment import Protocol
from pygmmrec.experiment.settings.contender import contender
from pygmmrec.models import CRANE, FREEDOM, LightGCN, Recommender
from pygmmrec.training import Run
from pygmmrec.training.environment import environment
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.typing import INTERACTS
from pygmmrec.utils.files import replacing

FORMS = ("entity", "feature", "bucket", "FREEDOM", "LightGCN")
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
    if form == "FREEDOM":
        names = ("modality_dims", "embedding_dim", "num_ui_layers", "num_ii_layers")
        return FREEDOM.from_data(data, **{name: model[name] for name in names if name in model})
    return CRANE.from_data(data, **{**model, "rca": {**model.get("rca", {}), "correlation": form}})


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
        form: Correlation of CRANE, or another model that it is compared with.
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
        data,
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


def settings_of(protocol: Protocol, preset: str | None, device: str) -> dict[str, Any]:
    """What a measurement depends on but form and size: the preset of a data set, with its modalities."""
    start = contender("CRANE", protocol.dataset, preset=preset, searched=False)
    config = CRANE.from_data(protocol.load(), **start.preset["model"]).config
    model = {name: value for name, value in config.items() if name not in ("num_users", "num_items")}
    return {"model": model, "batch_size": start.preset["training"].get("batch_size", 2048), "device": device}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--dataset", default="synthetic", choices=["synthetic", "tiktok", "lfm2k", "folder"])
    add("--root", help="folder of the data set; 'synthetic' needs none")
    add("--preset", help="name of the data set whose preset is taken; that of the data set by default")
    add("--sizes", nargs="+", type=int, default=[2000, 4000, 8000, 16000], help="N")
    add("--device", default="auto")
    add("--output", type=Path, default=Path("runs/crane-study"), help="of the study")
    args = parser.parse_args()
    settings = settings_of(Protocol(args.dataset, args.root), args.preset, args.device)
    for size, form in itertools.product(sorted(args.sizes), FORMS):
        path = cost_file(args.output, form, size)
        if not is_measured(path, settings):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:  # with a heap of its own
                own.submit(measure_cost, form, size, path, settings).result()
        print(f"{form}, N = {size}: {json.loads(path.read_text())['seconds']:.2f} s/epoch", flush=True)


if __name__ == "__main__":
    main()
