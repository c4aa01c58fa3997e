"""Full ranking of a test split: this library's way against the common one, with the same metrics.

    python benchmarks/evaluation/main.py --graph tiktok sports --json runs/evaluation.json
    python benchmarks/evaluation/main.py --graph path/to/my.inter --layers 2 --dim 128 --threads 1

The model is LightGCN with random weights. The common way (naive.py) propagates again for each batch of users,
and asks item by item in Python whether a user has it: of arrays, as much of the field's code does, or of
sets, which is faster. All take turns in one process; seconds are medians, and a speed-up is the median over
rounds of the ratio within the round. A graph is a folder, an ``.inter`` file, or ``tiktok``, ``baby`` or
``sports`` in the folder PYGMMREC_DATA; ``synthetic`` is small and always there. A CSV of the numbers is put
beside the JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from naive import METRICS, array, evaluate_ref
from torch_geometric.data import HeteroData

from pygmmrec.datasets import InteractionFolder, SyntheticMultimodal
from pygmmrec.evaluation import evaluate
from pygmmrec.experiment.reports.cells import write_table
from pygmmrec.models import LightGCN
from pygmmrec.training.environment import environment
from pygmmrec.typing import INTERACTS, TEST
from pygmmrec.utils.files import replacing

sys.path.append(str(Path(__file__).parents[1] / "propagation"))
from graphs import KNOWN
from timing import in_turn

KS = (5, 10, 20, 50)

COLUMNS = {
    "graph": "",
    "num_users": ",",
    "num_items": ",",
    "num_held_out": ",",
    "ours_seconds": ".3f",
    "sets_seconds": ".3f",
    "arrays_seconds": ".3f",
    "speedup_vs_sets": ".2f",
    "speedup_vs_arrays": ".2f",
    "max_metric_difference": ".0e",
}
"""What is shown, and how."""


def read(text: str) -> HeteroData:
    """Users, items and their splits."""
    if text == "synthetic":
        return SyntheticMultimodal()[0]
    path = Path(os.environ.get("PYGMMREC_DATA", "data")) / KNOWN[text].path if text in KNOWN else Path(text)
    folder, table = (path, None) if path.is_dir() else (path.parent, path.stem)
    return InteractionFolder(folder, name=table)[0]


def measure(graph: str, args: argparse.Namespace) -> dict[str, Any]:
    """Seconds of all ways, how much faster ours is, and by how much the metrics differ."""
    data = LightGCN.prepare(read(graph))
    torch.manual_seed(0)
    model = LightGCN.from_data(data, embedding_dim=args.dim, num_layers=args.layers)
    runs = {
        "ours": lambda: evaluate(model, data, split="test", ks=KS, metrics=METRICS),
        "sets": lambda: evaluate_ref(model, data, KS, batch_size=args.batch),
        "arrays": lambda: evaluate_ref(model, data, KS, batch_size=args.batch, container=array),
    }
    metrics = {name: run() for name, run in runs.items()}
    times = in_turn(runs, torch.device("cpu"), rounds=args.rounds, seconds=args.seconds)
    return {
        "graph": graph,
        "num_users": data["user"].num_nodes,
        "num_items": data["item"].num_nodes,
        "num_held_out": data[INTERACTS][TEST].size(1),
        **{f"{name}_seconds": statistics.median(values) / 1e3 for name, values in times.items()},
        **{f"speedup_vs_{name}": faster(times["ours"], times[name]) for name in ("sets", "arrays")},
        "max_metric_difference": max(
            abs(value - other[name]) for other in metrics.values() for name, value in metrics["ours"].items()
        ),
        "metrics": metrics["ours"],
    }


def faster(ours: Sequence[float], others: Sequence[float]) -> float:
    """Median over rounds of how many times the others take."""
    return statistics.median(slow / fast for fast, slow in zip(ours, others, strict=True))


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--graph", nargs="+", default=["synthetic"])
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--batch", type=int, default=4096, help="users at once in the common way")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=60, help="after which no further round starts")
    parser.add_argument("--json", type=Path, help="file for the numbers and the environment")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows = []
    for graph in args.graph:
        rows.append(measure(graph, args))
        print("  ".join(f"{name} {rows[-1][name]:{form}}" for name, form in COLUMNS.items()), flush=True)
    if args.json is not None:
        settings = {name: value for name, value in vars(args).items() if name != "json"}
        save({**settings, "rows": rows, "environment": environment(torch.device("cpu"))}, args.json)


def save(report: dict[str, Any], path: Path) -> None:
    """The report as JSON, and its rows beside it as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n")
    shown = [
        {name.replace("_", " "): f"{row[name]:{form}}" for name, form in COLUMNS.items()}
        for row in report["rows"]
    ]
    write_table(path.with_suffix(".csv"), shown)


if __name__ == "__main__":
    main()
