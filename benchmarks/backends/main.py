"""What each hand-made backend is worth: whole steps and whole rankings, with it and without it.

    PYGMMREC_DATA=path/to/data python benchmarks/backends/main.py --json runs/backends.json
    python benchmarks/backends/main.py --graph synthetic --model LightGCN --threads 1 --seconds 2

A step is all of it: batch with negatives, forward pass, loss, backward pass, optimiser. A ranking is that of
the test split over all items. Everything takes turns in one process, with all backends and with each of
them switched off, and a ratio is the median over rounds of the time without to the time with it, beside its
quartiles; each model on each graph and number of threads has a process of its own. How memory is kept cannot
be undone in a process, so that there pairs of new processes take turns. Rounds that other processes disturb
do not count (rounds.py), and what has fewer than three is left out. Models other than LightGCN have features
on TikTok only. A CSV of the ratios is put beside the JSON, which is written after each case; where it is
there, cases that it has are not measured again.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import torch
from cases import MODELS, RANKED, Case, build
from rounds import in_turn
from switches import ALLOCATOR, KEEP, OFF, USED, replaced, without

from pygmmrec.experiment.reports.cells import write_table
from pygmmrec.training.environment import environment
from pygmmrec.utils.files import replacing

GRAPHS = ("tiktok", "sports", "gowalla")
CPU = torch.device("cpu")
T = TypeVar("T")

ENOUGH = 3
"""Rounds, or pairs of processes, of which a median says something."""


def in_new_process(function: Callable[..., T], *arguments: Any) -> T:
    """The result of a call in a process that nothing has run in."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
        return own.submit(function, *arguments).result()


def row(case: Case, what: str, backend: str, on: Sequence[float], off: Sequence[float]) -> dict[str, Any]:
    """A line of the result, of times that belong together one by one."""
    ratios = [without / with_it for with_it, without in zip(on, off, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {
        **case._asdict(),
        "what": what,
        "backend": backend,
        "rounds": len(ratios),
        "with_ms": statistics.median(on),
        "without_ms": statistics.median(off),
        "ratio": middle,
        "lower_quartile": low,
        "upper_quartile": high,
        "ratio_of_fastest": min(off) / min(on),
    }


def switched(case: Case, rounds: int, seconds: float, patience: float) -> list[dict[str, Any]]:
    """The rows of all backends that can be switched off within a process."""
    rows = []
    for what, run in build(case).items():
        runs = {"": run, **{name: without(name, run) for name in USED[what]}}
        for each in runs.values():
            each()  # compiles, and fills the memory
        times = in_turn(runs, rounds, seconds, patience)
        if len(times[""]) >= ENOUGH:
            rows += [row(case, what, name, times[""], times[name]) for name in USED[what]]
    return rows


def typical(case: Case, keep: bool, rounds: int, seconds: float, patience: float) -> dict[str, float]:
    """Median milliseconds of each call, in a process that keeps its memory or does not."""
    with replaced({} if keep else KEEP):
        runs = build(case)
        for run in runs.values():
            run()
        times = {what: in_turn({"": run}, rounds, seconds, patience)[""] for what, run in runs.items()}
    return {what: statistics.median(values) for what, values in times.items() if len(values) >= ENOUGH}


def kept(case: Case, pairs: int, rounds: int, seconds: float, patience: float) -> list[dict[str, Any]]:
    """The rows of the allocator's setting."""
    settings, times = (rounds, seconds, patience), dict[str, list[tuple[float, float]]]()
    for _ in range(pairs):
        on, off = (in_new_process(typical, case, keep, *settings) for keep in (True, False))
        for what in on.keys() & off.keys():
            times.setdefault(what, []).append((on[what], off[what]))
    return [
        row(case, what, ALLOCATOR, *zip(*both, strict=True))
        for what, both in times.items()
        if len(both) >= ENOUGH
    ]


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--graph", nargs="+", default=GRAPHS, choices=[*GRAPHS, "synthetic"])
    made.add_argument("--model", nargs="+", default=list(MODELS), choices=MODELS)
    made.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    made.add_argument("--rounds", type=int, default=100, help="at most")
    made.add_argument("--seconds", type=float, default=45, help="of each case, after which no round starts")
    made.add_argument("--patience", type=float, default=300, help="seconds to wait for a quiet machine")
    made.add_argument("--pairs", type=int, default=5, help="of processes that keep memory, and do not")
    made.add_argument("--json", type=Path, help="file for the numbers and the environment")
    return made


def main() -> None:
    """Run what the command line asks for."""
    args = parser().parse_args()
    cases = [
        Case(graph, model, threads)
        for threads in args.threads
        for graph in args.graph
        for model in args.model
        if model.startswith("LightGCN") or graph in ("tiktok", "synthetic")
    ]
    settings = {name: value for name, value in vars(args).items() if name != "json"}
    report: dict[str, Any] = {"runs": [], "rows": []}
    if args.json is not None and args.json.is_file():
        report = json.loads(args.json.read_text())
    report["runs"].append({**settings, "seed": 0, "environment": environment(CPU)})
    done = {Case(each["graph"], each["model"], each["threads"]) for each in report["rows"]}
    for case in cases:
        if case in done:
            continue
        rows = in_new_process(switched, case, args.rounds, args.seconds, args.patience)
        if args.pairs > 1 and case.model == RANKED:
            rows += kept(case, args.pairs, args.rounds, args.seconds / 10, args.patience)
        for each in rows:
            print(
                "  ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in each.values()), flush=True
            )
        report["rows"] += rows
        if args.json is not None:
            write(report, args.json)


def write(report: dict[str, Any], path: Path) -> None:
    """The report as JSON, and a table of its ratios beside it: a line per backend and call."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n")
    columns = dict.fromkeys(map(column, report["rows"]))
    lines: dict[tuple[str, str], dict[str, str]] = {}
    for each in report["rows"]:
        key = each["backend"], f"{each['what']} of {each['model']}"
        line = lines.setdefault(key, {"without": key[0], "time of": key[1], **dict.fromkeys(columns, "")})
        line[column(each)] = f"{each['ratio']:.2f}"
    order = dict.fromkeys([*OFF, ALLOCATOR, *(each["backend"] for each in report["rows"])])  # some are gone
    ordered = [line for name in order for line in lines.values() if line["without"] == name]
    write_table(path.with_suffix(".csv"), ordered)


def column(row: dict[str, Any]) -> str:
    """Where a ratio stands in the table."""
    return f"{row['graph']}, {row['threads']} thread" + "s" * (row["threads"] > 1)


if __name__ == "__main__":
    main()
