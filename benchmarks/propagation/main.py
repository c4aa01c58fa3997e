"""Every way to write propagation on one graph: time, error, share of the copy bandwidth, peak memory.

    python benchmarks/propagation/main.py --graph gowalla --json runs/gowalla.json --plot runs/gowalla.png
    python benchmarks/propagation/main.py --graph synthetic:1e5:1e6 --layers 2 --dim 128 --threads 1
    python benchmarks/propagation/main.py --graph path/to/my.inter --device cuda

A graph is ``synthetic:N:E``, a folder, an ``.inter`` or ``.npz`` file, or the name of a public set that is
read from the folder PYGMMREC_DATA (without it: a synthetic graph of the same size).

All layouts take turns in one process, so that noise meets all of them. Times are medians over rounds, and
``speedup_vs_coo`` is the median over rounds of the ratio within the round. ``fraction_of_copy_bandwidth``
holds the bytes that the products alone have to move (each entry reads a row) against a copy of an array that
is larger than any cache: a graph whose features fit a cache can be above 1. ``max_abs_error`` is that of
outputs (and gradients) against COO in float64. ``peak_mb`` is what a second process, or the CUDA device,
holds at its peak above graph and inputs.

glibc gives large arrays back to the system when they are freed, and the pages of the next one are faults
again. With ``--keep-memory`` it keeps them, as in training; COO, which makes the largest, gains most by that.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from figure import draw
from graphs import read_graph
from layouts import LAYOUTS
from peaks import peaks
from problem import STEPS, Inputs, build, errors
from timing import COPY_BYTES, copier, in_turn, traffic

from pygmmrec.kernels.runtime.allocator import keep_freed_memory
from pygmmrec.training.environment import environment
from pygmmrec.utils.files import replacing

LIBRARIES = ("numba", "torch_scatter", "torch_sparse")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """The report of a graph: its size, the copy bandwidth, and a row per layout and direction."""
    device = torch.device(args.device)
    graph = read_graph(args.graph, dtype=getattr(torch, args.dtype), device=args.device)
    inputs = Inputs(graph, args.dim)
    if args.keep_memory:
        keep_freed_memory()
    layouts, missing = build(graph, args.layers, args.layouts)
    difference = errors(layouts, graph, args.layers, inputs)
    memory = peaks(args, list(layouts)) if args.memory else {}
    feature_bytes = graph.num_nodes * args.dim * inputs.x[0].element_size()
    copies = {"copy": COPY_BYTES, "copy of X": feature_bytes}
    times: dict[tuple[str, str], list[float]] = {}
    copied: dict[str, list[float]] = {name: [] for name in copies}
    for direction, step in STEPS.items():
        runs = {name: partial(step, layout, inputs) for name, layout in layouts.items()}
        runs |= {name: copier(size, device) for name, size in copies.items()}
        found = in_turn(runs, device, rounds=args.rounds, seconds=args.seconds)
        times |= {(name, direction): values for name, values in found.items()}
        copied = {name: [*copied[name], *found[name]] for name in copies}
    rate = {name: 2 * size / statistics.median(copied[name]) / 1e6 for name, size in copies.items()}
    rows = []
    for name in layouts:
        itemsize = 2 if name.endswith("bfloat16") else inputs.x[0].element_size()
        moved = args.layers * traffic(graph.num_nodes, graph.nnz, args.dim, itemsize)
        for passes, direction in enumerate(STEPS, start=1):
            values = times[name, direction]
            median = statistics.median(values)
            pairs = zip(times.get(("COO", direction), []), values, strict=False)
            ratios = [base / value for base, value in pairs]
            rows.append(
                {
                    "layout": name,
                    "direction": direction,
                    "median_ms": median,
                    "min_ms": min(values),
                    "speedup_vs_coo": statistics.median(ratios) if ratios else None,
                    "fraction_of_copy_bandwidth": passes * moved / median / 1e6 / rate["copy"],
                    "max_abs_error": difference[name, direction],
                    "peak_mb": memory.get(name, {}).get(direction),
                }
            )
    return {
        "name": f"{graph.name}, memory kept" if args.keep_memory else graph.name,
        "num_users": graph.num_users,
        "num_items": graph.num_items,
        "nnz": graph.nnz,
        "rounds_run": {direction: len(times[next(iter(layouts)), direction]) for direction in STEPS},
        "copy_gb_per_s": rate["copy"],
        "copy_of_x_gb_per_s": rate["copy of X"],
        "rows": rows,
        "not_here": missing,
    }


def table(report: dict[str, Any]) -> str:
    """The rows as text."""
    lines = [
        f"{report['name']}: {report['num_users']:,} users, {report['num_items']:,} items, "
        f"{report['nnz']:,} entries; a copy moves {report['copy_gb_per_s']:.1f} GB/s, "
        f"of features alone {report['copy_of_x_gb_per_s']:.1f} GB/s",
        f"{'layout':<31}{'direction':<18}{'ms':>9}{'x COO':>8}{'of copy':>9}{'error':>10}{'peak MB':>9}",
    ]
    for row in report["rows"]:
        speedup = "" if row["speedup_vs_coo"] is None else f"{row['speedup_vs_coo']:.2f}"
        memory = "" if row["peak_mb"] is None else f"{row['peak_mb']:.0f}"
        lines.append(
            f"{row['layout']:<31}{row['direction']:<18}{row['median_ms']:>9.2f}{speedup:>8}"
            f"{row['fraction_of_copy_bandwidth']:>9.2f}{row['max_abs_error']:>10.1e}{memory:>9}"
        )
    lines += [f"{name}: {reason}" for name, reason in report["not_here"].items()]
    return "\n".join(lines)


def libraries() -> dict[str, str]:
    """Versions of the optional libraries that are installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--graph", default="synthetic:2e4:2e5")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the CPU")
    parser.add_argument("--layouts", nargs="+", default=list(LAYOUTS), choices=list(LAYOUTS), metavar="NAME")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=40, help="after which no further round starts")
    parser.add_argument("--keep-memory", action="store_true", help="of what is freed, as in training")
    parser.add_argument("--memory", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--json", type=Path, help="file for the numbers and the environment")
    parser.add_argument("--plot", type=Path, help="file for a figure of the speed-ups")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    report = measure(args)
    print(table(report))
    settings = {name: value for name, value in vars(args).items() if name not in ("json", "plot")}
    where = {"libraries": libraries(), "environment": environment(torch.device(args.device))}
    report = {**settings, **report, **where}
    if args.json is not None:
        with replacing(args.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")
    if args.plot is not None:
        draw([report], args.plot)


if __name__ == "__main__":
    main()
