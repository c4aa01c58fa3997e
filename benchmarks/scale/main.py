"""What each phase of a large run takes, from the table to a validation, on power-law graphs.

    python benchmarks/scale/main.py --size 500000x150000x7840000 --json benchmarks/results/scale/m.json
    python benchmarks/scale/main.py --size 50000x15000x784000 --search approximate --json runs/xs.json

Sizes are users, items and training pairs; items have two modalities, of 384 and 768 half-precision numbers.
Seconds are of one call each, and ``above`` is the memory at its peak above what was held before the phase, in
bytes per row, node or edge of ``per``. An epoch of LightGCN is its steps times the median of a few. Phases:

- ``read_and_build``: raw ids in a Parquet file to a graph, with features from files of their own
- ``neighbours``: the item graphs of both modalities (``--search``)
- ``matrices``: all graphs normalised, as training wants them
- ``co_occurrence``: the user graph, with items of more than ``--max-degree`` users left out
- ``epoch_graph``: DropEdge, normalisation and matrices of an epoch
- ``refresh``, ``first_step``: CRANE's item graph by attention over features, and the step that learns from it
- ``epoch_2048``, ``epoch_65536``: training LightGCN, two layers
- ``contrast``: InfoNCE of a batch of ``--contrast`` rows, forward and backward
- ``validation``: full ranking for a sample of 10,000 users

``preparation`` is the sum of the first three, all that a model with item graphs needs. A CSV is put beside
the JSON.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.data import build_hetero_data
from pygmmrec.experiment.reports.cells import write_table
from pygmmrec.kernels.neighbours.knn import SEARCHES
from pygmmrec.kernels.ranking.rank import default_block_size, rank
from pygmmrec.kernels.runtime.allocator import return_freed_memory
from pygmmrec.losses import info_nce_loss
from pygmmrec.models import CRANE, LightGCN
from pygmmrec.sampling import TripletSampler
from pygmmrec.training.environment import environment
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.transforms import BipartiteNorm, ItemKNNGraph, ToAdj, UserGraph
from pygmmrec.typing import INTERACTS
from pygmmrec.utils.files import replacing

sys.path.append(str(Path(__file__).parents[1] / "propagation"))
from graphs import power_law

MODALITIES = {"image": 384, "text": 768}
CPU = torch.device("cpu")
STEPS = 3
VALIDATED = 10_000
PREPARATION = ("read_and_build", "neighbours", "matrices")


class Phases:
    """Seconds and memory by phase."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}

    @contextmanager
    def __call__(self, name: str, per: str, number: int) -> Iterator[None]:
        """A phase, and what its memory is told by."""
        return_freed_memory()
        reset_peak_memory(CPU)
        before, start = memory_mb(CPU) or 0.0, time.perf_counter()
        yield
        seconds, above = time.perf_counter() - start, (peak_memory_mb(CPU) or 0.0) - before
        each = above * 2**20 / number
        self.found[name] = {"seconds": round(seconds, 3), "above_mb": round(above, 1), "per": per}
        self.found[name]["above"] = round(each, 1)
        logging.info("%-16s %9.2f s %9.1f MB %9.1f B per %s", name, seconds, above, each, per)


def write(folder: Path, num_users: int, num_items: int, num_edges: int) -> None:
    """A table of raw ids, and files of features whose rows gather in clusters."""
    edges, _, _ = power_law(num_users, num_items, num_edges)
    table = {"userID": edges[0].numpy(), "itemID": edges[1].numpy()}
    pq.write_table(pa.table(table), folder / "plays.parquet")
    rng = np.random.default_rng(0)
    cluster = rng.integers(max(2, num_items // 50), size=num_items)
    for name, dim in MODALITIES.items():
        centres = rng.standard_normal((cluster.max() + 1, dim), dtype=np.float32)
        x = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.float16, (num_items, dim))
        for start in range(0, num_items, 50_000):
            block = slice(start, start + 50_000)
            noise = rng.standard_normal((len(cluster[block]), dim), dtype=np.float32)
            x[block] = centres[cluster[block]] + noise
        x.flush()


def steps(model: LightGCN, data: HeteroData, batch_size: int) -> float:
    """Seconds of an epoch, from the median of some steps."""
    optimizer = torch.optim.Adam(model.parameters())
    sampler = TripletSampler(data, batch_size=batch_size)
    seconds = []
    for _, batch in zip(range(STEPS + 1), sampler, strict=False):
        start = time.perf_counter()
        optimizer.zero_grad()
        torch.stack(list(model.loss(data, batch).values())).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return len(sampler) * statistics.median(seconds[1:] or seconds)


@torch.no_grad()
def validate(model: LightGCN, data: HeteroData, users: Tensor) -> None:
    """Rank all items for some users, as an evaluation does."""
    out = model(data)
    known, size = data[INTERACTS].edge_index, default_block_size(model.num_items)
    for _ in rank(lambda block: model.score(out, block), users, 20, exclude=known, block_size=size):
        pass


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All phases, one after the other in this process."""
    num_users, num_items, num_edges = args.size
    write(folder, num_users, num_items, num_edges)
    phase = Phases()
    num_nodes = num_users + num_items
    features = {name: folder / f"{name}.npy" for name in MODALITIES}
    with phase("read_and_build", "edge", num_edges):
        data = build_hetero_data(
            folder / "plays.parquet",
            features,
            item_ids=range(num_items),
            split="ratio",
        )
    with phase("neighbours", "item", num_items):
        alike = ItemKNNGraph(10, search=args.search)(data)
    with phase("matrices", "edge", num_edges):
        alike = ToAdj()(BipartiteNorm()(alike))
    del alike
    with phase("co_occurrence", "user", num_users):
        UserGraph(10, max_degree=args.max_degree)(data)
    model = LightGCN.from_data(data, num_layers=2)
    prepared = LightGCN.prepare(data)
    thin = CRANE.epoch_transform(p=0.1)
    with phase("epoch_graph", "edge", num_edges):
        thin(prepared)
    for batch_size in (2048, 65536):
        with phase(f"epoch_{batch_size}", "node", num_nodes):
            seconds = steps(model, prepared, batch_size)
        phase.found[f"epoch_{batch_size}"]["seconds"] = round(seconds, 1)
    users = torch.randperm(data["user"].num_nodes)[:VALIDATED]
    with phase("validation", "user", len(users)):
        validate(model, prepared, users)
    del prepared, model
    x = [torch.randn(args.contrast, 64, requires_grad=True) for _ in range(2)]
    with phase("contrast", "row", args.contrast):
        info_nce_loss(*x).backward()  # type: ignore[no-untyped-call]
    crane = CRANE.from_data(data, rca={"correlation": "feature"}, k=10, reduction="mean", search=args.search)
    prepared = CRANE.prepare(data)
    del data
    with phase("refresh", "node", num_nodes):
        crane.refresh(prepared)
    batch = next(iter(TripletSampler(prepared, batch_size=65536)))
    with phase("first_step", "node", num_nodes):
        terms = crane.loss(prepared, batch)
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
    return phase.found


def sizes(text: str) -> tuple[int, ...]:
    """Users, items and pairs of ``500000x150000x7840000``."""
    found = tuple(int(part) for part in text.split("x"))
    if len(found) != 3:
        raise argparse.ArgumentTypeError(f"needs to be USERSxITEMSxPAIRS (got {text})")
    return found


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--size", type=sizes, default=(50_000, 15_000, 784_000), metavar="USERSxITEMSxPAIRS")
    add("--search", default="exact", choices=SEARCHES)
    add("--max-degree", type=int, default=2000)
    add("--contrast", type=int, default=65536, help="rows of the contrast")
    add("--threads", type=int, default=2)
    add("--json", type=Path)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as folder:
        phases = measure(args, Path(folder))
    settings = {name: value for name, value in vars(args).items() if name != "json"}
    preparation = sum(phases[name]["seconds"] for name in PREPARATION)
    report = {
        "settings": settings,
        "preparation": preparation,
        "phases": phases,
        "environment": environment(CPU),
    }
    if args.json is not None:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        with replacing(args.json) as path:
            path.write_text(json.dumps(report, indent=1) + "\n")
        rows = [
            {
                "phase": name,
                "seconds": f"{found['seconds']:.1f}",
                "MB above": f"{found['above_mb']:.0f}",
                "bytes": f"{found['above']:.0f} per {found['per']}",
            }
            for name, found in phases.items()
        ]
        write_table(args.json.with_suffix(".csv"), rows)


if __name__ == "__main__":
    main()
