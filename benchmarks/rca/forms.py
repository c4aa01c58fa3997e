"""Cheaper forms of Recursive Cross-modal Attention against the exact one: how far off, how fast, how large.

    python benchmarks/rca/forms.py --dataset tiktok --root path/to/tiktok --json runs/forms.json

All forms start from the same raw features and the same untrained weights, and each row has a length of its
own before each round (`l2`): what docs/attention.rst shows was measured so. Errors are those of the refined
items E of all modalities, and of the update alone: E less what enters round one, most of E. Recall
is the share of an item's exact nearest neighbours that stay. For `feature` these numbers are no approximation
error: it is another model, whose weights mean other things.

Seconds are medians of turns in one process: a refresh of all users and items with their profiles, but without
the search for neighbours. Memory is that of benchmarks/memory/main.py on random entities of the same number,
in a process of its own for each form. The table goes to the terminal, and all numbers to the JSON file.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric import seed_everything
from torch_geometric.data import HeteroData

from pygmmrec.datasets import load_dataset
from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.kernels.neighbours.knn import topk_cosine
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.models import CRANE
from pygmmrec.nn import RefinedItemGraph
from pygmmrec.training.environment import environment
from pygmmrec.typing import PROFILES
from pygmmrec.utils.files import replacing

sys.path.append(str(Path(__file__).parents[1] / "propagation"))
from timing import wall_seconds

MEMORY = Path(__file__).parents[1] / "memory" / "main.py"

EXACT = "entity, tanh (exact)"
FORMS: dict[str, dict[str, Any]] = {
    EXACT: {},
    "entity, identity": {"activation": "identity"},
    "feature, tanh": {"correlation": "feature"},
    **{
        f"bucket, {bucket_by}, {num_hashes} of {bucket_size}": {
            "correlation": "bucket",
            "bucket_by": bucket_by,
            "bucket_size": bucket_size,
            "num_hashes": num_hashes,
        }
        for bucket_by in ("lsh", "random")
        for bucket_size, num_hashes in ((128, 1), (128, 4), (512, 1), (512, 4))
    },
}


def refine(graph: RefinedItemGraph, data: HeteroData) -> Tensor:
    """The refined items of all modalities side by side, [I, M D]."""
    refined = graph.refine(modalities(data), data[PROFILES].matrix, availability(data))
    return torch.cat(list(refined.values()), dim=-1)  # M of [I, D] -> [I, M D]


def start(graph: RefinedItemGraph, data: HeteroData) -> Tensor:
    """The items as they enter the first round: projected, and each modality scaled as the attention does."""
    projected = graph.project(modalities(data)).values()
    scaled = [unit_rows(x) * math.sqrt(x.size(1)) for x in projected]
    return torch.cat(scaled, dim=-1)  # M of [I, D] -> [I, M D]


def compare(items: Tensor, exact: Tensor, before: Tensor, k: int) -> dict[str, float]:
    """How far refined items are from the exact ones; errors are relative, in the Frobenius norm."""
    near, exact_near = (topk_cosine(x, k, include_self=False)[0] for x in (items, exact))
    kept = (near.unsqueeze(2) == exact_near.unsqueeze(1)).any(dim=2)  # [I, k, k] -> [I, k]
    difference, update = items - exact, exact - before
    return {
        "error": float(difference.norm() / exact.norm()),
        "cosine": float(F.cosine_similarity(items, exact).mean()),
        "update_error": float(difference.norm() / update.norm()),
        "update_cosine": float(F.cosine_similarity(items - before, update).mean()),
        f"recall@{k}": float(kept.float().mean()),
    }


def step(graph: RefinedItemGraph, data: HeteroData) -> None:
    """Forward and backward."""
    graph.zero_grad()
    refine(graph, data).square().mean().backward()


def memory(form: dict[str, Any], data: HeteroData, args: argparse.Namespace) -> dict[str, float]:
    """Peak MB of a form above its inputs, from a process of its own."""
    options = {
        "entities": data["user"].num_nodes + data["item"].num_nodes,
        "modalities": len(modalities(data)),
        "dim": args.dim,
        "rounds": args.rounds,
        "device": args.device,
        **form,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.json"
        command = [sys.executable, str(MEMORY), "--json", str(path)]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        report = json.loads(path.read_text())
    return {name: report[name] for name in ("forward_mb", "forward_backward_mb")}


def measure(data: HeteroData, args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Everything about each form, and about items that no attention refined."""
    device = torch.device(args.device)
    sizes = {name: x.size(1) for name, x in modalities(data).items()}
    graphs = {
        name: RefinedItemGraph(sizes, args.dim, rca={"num_rounds": args.rounds, "norm": "l2", **form})
        .to(device)
        .eval()
        for name, form in FORMS.items()
        if name in (EXACT, *args.forms)
    }
    with torch.no_grad():
        before, exact = start(graphs[EXACT], data), refine(graphs[EXACT], data)
        results: dict[str, dict[str, Any]] = {"no attention": compare(before, exact, before, args.k)}
        for name, graph in graphs.items():
            graph.load_state_dict(graphs[EXACT].state_dict())
            results[name] = {"rca": repr(graph.rca), **compare(refine(graph, data), exact, before, args.k)}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in graphs}
    for _ in range(args.repeats):
        for name, graph in graphs.items():
            with torch.no_grad():
                forward = wall_seconds(lambda graph=graph: refine(graph, data), device)
            times[name].append((forward, wall_seconds(lambda graph=graph: step(graph, data), device)))
    for name, pairs in times.items():
        medians = [statistics.median(values) for values in zip(*pairs, strict=True)]
        results[name] |= dict(zip(("forward_seconds", "forward_backward_seconds"), medians, strict=True))
        results[name] |= memory(FORMS[name], data, args)
    return results


def render(results: dict[str, dict[str, Any]]) -> str:
    """The results as a Markdown table."""
    names = [name for name in results[EXACT] if name != "rca"]
    lines = ["| form | " + " | ".join(name.replace("_", " ") for name in names) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    for form, values in results.items():
        cells = (f"{values[name]:.3f}" if name in values else "" for name in names)
        lines.append(f"| {form} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", default="synthetic", choices=["synthetic", "tiktok", "lfm2k", "folder"])
    parser.add_argument("--root", help="folder of the data set; 'synthetic' needs none")
    parser.add_argument("--forms", nargs="+", default=list(FORMS), choices=list(FORMS), metavar="NAME")
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--k", type=int, default=10, help="neighbours to compare")
    parser.add_argument("--repeats", type=int, default=3, help="turns of which times are the median")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="file for the numbers and the environment")
    args = parser.parse_args()
    seed_everything(args.seed)
    data = CRANE.prepare(load_dataset(args.dataset, args.root)[0], features="raw").to(args.device)
    results = measure(data, args)
    print(render(results))
    if args.json is not None:
        settings = {
            name: value for name, value in vars(args).items() if name not in ("json", "root", "forms")
        }
        counts = {"num_users": data["user"].num_nodes, "num_items": data["item"].num_nodes}
        report = {**settings, **counts, "modalities": list(modalities(data)), "forms": results}
        with replacing(args.json) as temporary:
            text = json.dumps({**report, "environment": environment(torch.device(args.device))}, indent=2)
            temporary.write_text(text + "\n")


if __name__ == "__main__":
    main()
