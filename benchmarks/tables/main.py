"""From a file of ratings to a graph: this library beside pandas.

    python benchmarks/tables/main.py --rows 10000000 --json benchmarks/results/tables/main.json

A file of random ratings is written first. Then both read it, and both build from it: distinct pairs, a split
8:1:1 of each user, edges both ways (same_work.py says how with pandas). All take turns in one process;
seconds are medians, and a ratio is the median over rounds of the ratio within the round. Peak memory is that
of a fresh process, above what it held before and what it holds at the end, per row. A CSV is put beside the
JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from same_work import build_ref

from pygmmrec.data import build_hetero_data, read_interactions
from pygmmrec.experiment.reports.cells import write_table
from pygmmrec.training.environment import environment
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.utils.files import replacing

sys.path.append(str(Path(__file__).parents[1] / "propagation"))
from peaks import exact_memory
from timing import in_turn

CPU = torch.device("cpu")
WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "parquet": lambda frame, path: frame.to_parquet(path, index=False),
}
READERS: dict[str, Callable[[Path], pd.DataFrame]] = {"csv": pd.read_csv, "parquet": pd.read_parquet}


def write_ratings(path: Path, num_rows: int) -> None:
    """Ratings of users who are alike, of items of which few are popular; a pair may repeat."""
    rng = np.random.default_rng(0)
    num_users, num_items = max(2, num_rows // 25), max(2, num_rows // 70)
    frame = pd.DataFrame(
        {
            "userID": rng.integers(num_users, size=num_rows),
            "itemID": (num_items * rng.random(num_rows) ** 3).astype(np.int64),
            "rating": rng.integers(1, 6, size=num_rows).astype(float),
            "timestamp": rng.integers(1_000_000_000, 1_600_000_000, size=num_rows),
        }
    )
    WRITERS[path.suffix[1:]](frame, path)


def runs(path: Path) -> dict[str, Callable[[], Any]]:
    """What is measured, by its name."""
    read = READERS[path.suffix[1:]]
    return {
        "pandas_read": lambda: read(path),
        "read": lambda: read_interactions(path),
        "pandas_build": lambda: build_ref(read(path)),
        "build": lambda: build_hetero_data(path),
    }


def extra_bytes(path: Path, name: str) -> int:
    """Peak memory of one call above what was there before and its result, in a process of its own."""
    run = runs(path)[name]
    before = memory_mb(CPU) or 0.0
    reset_peak_memory(CPU)
    result = run()
    peak = peak_memory_mb(CPU) or 0.0
    held = (memory_mb(CPU) or 0.0) - before
    del result
    return max(0, int((peak - before - held) * 2**20))


def measure(path: Path, num_rows: int, args: argparse.Namespace) -> dict[str, Any]:
    """Seconds, ratios to pandas, and memory."""
    measured = runs(path)
    for run in measured.values():
        run()  # what is loaded once, and the file's first reading
    times = in_turn(measured, CPU, rounds=args.rounds, seconds=args.seconds)
    row: dict[str, Any] = {
        "format": path.suffix[1:],
        "rows": num_rows,
        "megabytes": path.stat().st_size / 1e6,
    }
    row |= {f"{name}_seconds": statistics.median(values) / 1e3 for name, values in times.items()}
    for name in ("read", "build"):
        ratios = [ours / other for ours, other in zip(times[name], times[f"pandas_{name}"], strict=True)]
        row[f"{name}_to_pandas"] = statistics.median(ratios)
    with exact_memory():
        for name in ("pandas_build", "build"):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                row[f"{name}_bytes_per_row"] = pool.submit(extra_bytes, path, name).result() / num_rows
    return row


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--rows", type=int, default=1_000_000)
    add("--formats", nargs="+", default=list(WRITERS), choices=list(WRITERS))
    add("--threads", type=int, default=os.cpu_count())
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=300, help="after which no further round starts")
    add("--json", type=Path, help="file for the numbers and the environment")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in args.formats:
            path = Path(folder) / f"ratings.{name}"
            write_ratings(path, args.rows)
            rows.append(measure(path, args.rows, args))
            print("  ".join(f"{key} {shown(value)}" for key, value in rows[-1].items()), flush=True)
    if args.json is not None:
        settings = {name: value for name, value in vars(args).items() if name != "json"}
        said = {**settings, "rows": rows, "environment": environment(CPU), "pandas": pd.__version__}
        args.json.parent.mkdir(parents=True, exist_ok=True)
        with replacing(args.json) as temporary:
            temporary.write_text(json.dumps(said, indent=2) + "\n")
        cells = [{key.replace("_", " "): shown(value) for key, value in row.items()} for row in rows]
        write_table(args.json.with_suffix(".csv"), cells)


def shown(value: Any) -> str:
    """A cell."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
