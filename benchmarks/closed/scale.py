"""What it takes to fit a closed form to a large graph whose degrees follow a power law.

    python benchmarks/closed/scale.py --model ItemKNN --users 100000 --items 40000 --edges 1500000

Each run is a process of its own, so that the peak of memory is that of one model. It appends a row to
``benchmarks/results/closed/scale.csv``: seconds of the fit and of a forward pass, and the peak of the
process, which had the graph and its libraries before.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import time
from pathlib import Path

import numpy as np
import torch
from torch_geometric.data import HeteroData

import pygmmrec.models
from pygmmrec.testing.graphs import graph_of

RESULTS = Path(__file__).parents[1] / "results" / "closed" / "scale.csv"
SCALE = 1.1
"""Exponent by which the probability of an item falls with its rank."""


def power_law(num_users: int, num_items: int, num_edges: int, seed: int = 0) -> HeteroData:
    """A graph in which few items, and few users, have most of the edges.

    So many pairs are drawn; those that come again, and what no user may have beyond a twentieth of the items,
    are missing.
    """
    rng = np.random.default_rng(seed)
    size = rng.pareto(1.5, num_users) + 1
    size = np.minimum(np.maximum(1, size * num_edges / size.sum()), num_items / 20).astype(np.int64)
    user = np.repeat(np.arange(num_users), size)
    chance = np.cumsum(1 / np.arange(1, num_items + 1) ** SCALE)
    item = np.searchsorted(chance / chance[-1], rng.random(len(user))).clip(max=num_items - 1)
    pairs = np.unique(user * num_items + rng.permutation(num_items)[item])
    return graph_of(
        torch.from_numpy(np.stack([pairs // num_items, pairs % num_items])), num_users, num_items, ()
    )


def measured(data: HeteroData, name: str, config: dict[str, object]) -> dict[str, object]:
    """Fit a model; a row of the table."""
    kind = getattr(pygmmrec.models, name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model = kind.from_data(data, seed=0, **config)
    start = time.perf_counter()
    model.fit_closed(data)
    fit = time.perf_counter() - start
    with torch.no_grad():
        out = model(data)
        model.score(out, torch.arange(256))
    forward = time.perf_counter() - start - fit
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "Model": name,
        "Settings": ", ".join(f"{key} {value}" for key, value in config.items()) or "defaults",
        "Users": data["user"].num_nodes,
        "Items": data["item"].num_nodes,
        "Edges": data["user", "interacts", "item"].edge_index.size(1),
        "Threads": torch.get_num_threads(),
        "Fit (s)": f"{fit:.1f}",
        "Forward (s)": f"{forward:.1f}",
        "Before (GB)": f"{before / 2**20:.2f}",
        "Peak (GB)": f"{peak / 2**20:.2f}",
    }


def main() -> None:
    """One model, one row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--config", type=json.loads, default={}, help="Arguments of the model, as JSON.")
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=40_000)
    parser.add_argument("--edges", type=int, default=1_500_000)
    options = parser.parse_args()
    row = measured(power_law(options.users, options.items, options.edges), options.model, options.config)
    new = not RESULTS.is_file()
    with RESULTS.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
