"""What a process of one, and of two, takes to train a model that they share: seconds of a step, and memory.

    python benchmarks/parallel/main.py --json benchmarks/results/parallel/main.json

torchrun starts the processes, each with one thread; degrees of users and items follow power laws, and items
have one modality of 64 numbers. ``memory`` is what a process holds at its peak above what it held before the
model was built. A CSV is put beside the JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from pygmmrec import models
from pygmmrec.data import build_hetero_data
from pygmmrec.experiment.reports.cells import write_table
from pygmmrec.training import Run
from pygmmrec.training.environment import environment
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.utils.files import replacing

sys.path.append(str(Path(__file__).parents[1] / "propagation"))
from graphs import power_law

CPU = torch.device("cpu")
CONFIG: dict[str, dict[str, Any]] = {
    "CRANE": {"rca": {"correlation": "feature"}, "reduction": "mean", "k": 10}
}


def work(args: argparse.Namespace, folder: Path) -> None:
    """One of the processes: some steps of each model, into a file of its own."""
    torch.set_num_threads(1)
    rank, devices = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    edges, _, num_items = power_law(*args.size)
    features = torch.randn(num_items, 64, generator=torch.Generator().manual_seed(0))
    data = build_hetero_data(tuple(edges.numpy()), {"text": features}, item_ids=range(num_items))
    rows = []
    for name in args.model:
        cls = getattr(models, name)
        prepared = cls.prepare(data)
        reset_peak_memory(CPU)
        before = memory_mb(CPU) or 0.0
        model = cls.from_data(prepared, seed=0, **CONFIG.get(name, {}))
        seconds: list[float] = []
        options = {"devices": devices, "device": "cpu", "batch_size": args.batch_size, "progress": False}
        with Run(model, prepared, monitor=None, epochs=1, **options) as run:
            graph = next(iter(run))
            run.refresh(graph)
            for step, batch in enumerate(run.batches()):
                start = time.perf_counter()
                run.step(run.loss(graph, batch))
                seconds.append(time.perf_counter() - start)
                if step == args.steps:
                    break
        memory = (peak_memory_mb(CPU) or 0.0) - before
        found = {"model": name, "processes": devices, "rank": rank, "batch_size": args.batch_size}
        found |= {"step": statistics.median(seconds[1:]), "first_step": seconds[0], "memory_mb": memory}
        rows.append(found)
    (folder / f"{devices}-{rank}.json").write_text(json.dumps(rows))


def main() -> None:
    """Start the processes, or be one of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--size", default="50000x20000x770000", metavar="USERSxITEMSxPAIRS")
    add("--model", nargs="+", default=["LightGCN", "CRANE"])
    add("--processes", nargs="+", type=int, default=[1, 2])
    add("--batch-size", type=int, default=2048)
    add("--steps", type=int, default=5)
    add("--json", type=Path)
    add("--worker", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker is not None:
        args.size = [int(part) for part in args.size.split("x")]
        work(args, args.worker)
        return
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in args.processes:
            launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(number)]
            subprocess.run(
                [sys.executable, *launch, __file__, *sys.argv[1:], "--worker", folder],
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                check=True,
            )
            for rank in range(number):
                rows += json.loads((Path(folder) / f"{number}-{rank}.json").read_text())
    rows.sort(key=lambda row: (row["model"], row["processes"], row["rank"]))
    shown = [
        {
            "model": row["model"],
            "processes": row["processes"],
            "rank": row["rank"],
            "s/step": f"{row['step']:.3f}",
            "s, first step": f"{row['first_step']:.3f}",
            "MB": f"{row['memory_mb']:.0f}",
        }
        for row in rows
    ]
    for line in shown:
        print("  ".join(f"{name} {value}" for name, value in line.items()))
    if args.json is not None:
        settings = {name: value for name, value in vars(args).items() if name not in ("json", "worker")}
        report = {"settings": settings, "rows": rows, "environment": environment(CPU)}
        args.json.parent.mkdir(parents=True, exist_ok=True)
        with replacing(args.json) as path:
            path.write_text(json.dumps(report, indent=1) + "\n")
        write_table(args.json.with_suffix(".csv"), shown)


if __name__ == "__main__":
    main()
