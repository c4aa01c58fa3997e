"""Cost per edge of propagation on power-law graphs of growing size, forward and backward.

    python benchmarks/propagation/scaling.py --up-to 1e7 --json runs/scaling.json --plot runs/scaling.png

Sizes go from 10^5 user-item pairs up in steps of √10, with twenty pairs for each node, about as many as the
graphs of the LightGCN paper have. A size runs in a process of its own, its layouts take turns, and COO ends
where ``--coo-up-to`` says. 10^8 pairs need about 20 GB of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from graphs import read_graph
from matplotlib.figure import Figure
from problem import Inputs, both, build
from timing import COPY_BYTES, copier, in_turn, traffic

from pygmmrec.training.environment import environment
from pygmmrec.utils.files import replacing

BASELINE = "COO"
LAYOUTS = (BASELINE, "LightGCNPropagation", "LightGCNPropagation, compiled")
PAIRS_PER_NODE = 20


def measure(args: argparse.Namespace, num_edges: int) -> list[dict[str, Any]]:
    """A row per layout at one size; in a fresh process."""
    torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    graph = read_graph(
        f"synthetic:{num_edges // PAIRS_PER_NODE}:{num_edges}", dtype=torch.float32, device=args.device
    )
    names = [name for name in LAYOUTS if name != BASELINE or num_edges <= args.coo_up_to]
    layouts, _ = build(graph, args.layers, names)
    inputs = Inputs(graph, args.dim)
    for layout in layouts.values():
        both(layout, inputs)
    runs: dict[str, Any] = {name: partial(both, layout, inputs) for name, layout in layouts.items()}
    runs["copy"] = copier(COPY_BYTES, device)
    times = in_turn(runs, device, rounds=args.rounds, seconds=args.seconds)
    copy = 2 * COPY_BYTES / statistics.median(times.pop("copy")) / 1e6
    moved = 2 * args.layers * traffic(graph.num_nodes, graph.nnz, args.dim, 4) / 1e6
    rows = []
    for name, values in times.items():
        median = statistics.median(values)
        rows.append(
            {
                "layout": name,
                "num_edges": num_edges,
                "num_nodes": graph.num_nodes,
                "rounds": len(values),
                "median_ms": median,
                "ns_per_edge_and_layer": 1e6 * median / num_edges / args.layers,
                "fraction_of_copy_bandwidth": moved / median / copy,
            }
        )
    return rows


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Cost per edge against the number of edges."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axis = figure.subplots()
    for name in dict.fromkeys(row["layout"] for row in rows):
        own = [row for row in rows if row["layout"] == name]
        axis.plot(
            [row["num_edges"] for row in own],
            [row["ns_per_edge_and_layer"] for row in own],
            marker="o",
            label=name,
        )
    axis.set(xscale="log", ylim=(0, None), xlabel="user-item pairs", ylabel="ns per pair and layer")
    axis.set_title("Forward and backward", fontsize="medium")
    axis.grid(alpha=0.2)
    axis.legend(fontsize="small")
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--from", dest="start", type=float, default=1e5)
    parser.add_argument("--up-to", type=float, default=1e6)
    parser.add_argument("--coo-up-to", type=float, default=1e7)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the CPU")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=60, help="per size, after which no round starts")
    parser.add_argument("--json", type=Path, help="file for the numbers and the environment")
    parser.add_argument("--plot", type=Path, help="file for the figure")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    num_edges = args.start
    while num_edges <= 1.001 * args.up_to:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found = pool.submit(measure, args, round(num_edges)).result()
        for row in found:
            print(
                f"{row['num_edges']:>12,} pairs  {row['layout']:<31}{row['median_ms']:>10.1f} ms"
                f"{row['ns_per_edge_and_layer']:>8.1f} ns per pair and layer"
                f"{row['fraction_of_copy_bandwidth']:>6.2f} of copy",
                flush=True,
            )
        rows += found
        num_edges *= 10**0.5
    if args.json is not None:
        settings = {name: value for name, value in vars(args).items() if name not in ("json", "plot")}
        report = {**settings, "rows": rows, "environment": environment(torch.device(args.device))}
        with replacing(args.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")
    if args.plot is not None:
        draw(rows, args.plot)


if __name__ == "__main__":
    main()
