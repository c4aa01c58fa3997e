"""Where the seconds of a training epoch go, phase by phase, for each model with its preset.

    python benchmarks/training/main.py --dataset tiktok --model LightGCN MambaRec --json runs/training.json
    python benchmarks/training/main.py --model LightGCN --set num_layers=1

Phases: ``graph`` draws the epoch's graph, ``refresh`` is what the model builds once an epoch and, since the
gradient of the first step passes through it, what that backward pass takes beyond the others, ``sampling``
the batches with their negatives, ``loss`` the forward pass with all loss terms, ``backward``, ``optimiser``,
and ``evaluation`` the full ranking of the validation set. Seconds are those of an epoch: sums over its steps,
medians over epochs after one that warms up. ``epoch`` is all of them but the evaluation, as every benchmark
here counts it, and ``without_refresh`` leaves out the refresh too; ``fastest`` is the least of that, since
what else a machine does only adds to it. Each model has a process of its own, since the memory that another
one leaves is slower. On CUDA each phase waits for the device.
A CSV of the same numbers is put beside the JSON.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from pygmmrec.experiment import Protocol
from pygmmrec.experiment.reports.cells import write_table
from pygmmrec.experiment.runs.prepare import prepare
from pygmmrec.experiment.settings.contender import contender
from pygmmrec.experiment.settings.model_class import NAMES
from pygmmrec.training import Run
from pygmmrec.training.environment import environment
from pygmmrec.utils.files import replacing

PHASES = ("graph", "refresh", "sampling", "loss", "backward", "optimiser", "evaluation")
NOTICEABLE = 1e-3
"""Seconds of a refresh that builds something."""

COLUMNS = ("model", "changed", "steps", *PHASES, "epoch", "without_refresh", "fastest")


class Clock:
    """Seconds by phase."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.seconds: dict[str, float] = defaultdict(float)
        self._optimiser_started = 0.0

    def now(self) -> float:
        """The time, when the device has done what it was given."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        start = self.now()
        yield
        self.seconds[phase] += self.now() - start

    @contextmanager
    def apart_from_the_optimiser(self, phase: str) -> Iterator[None]:
        """As a call, but the seconds of the optimiser's step go to ``optimiser``."""
        before = self.seconds["optimiser"]
        handles = (
            register_optimizer_step_pre_hook(lambda *_: self._start()),
            register_optimizer_step_post_hook(lambda *_: self._stop()),
        )
        with self(phase):
            yield
        self.seconds[phase] -= self.seconds["optimiser"] - before
        for handle in handles:
            handle.remove()

    def _start(self) -> None:
        self._optimiser_started = self.now()

    def _stop(self) -> None:
        self.seconds["optimiser"] += self.now() - self._optimiser_started


def one_epoch(run: Run, epochs: Iterator[Any]) -> dict[str, float]:
    """Seconds of each phase of the next epoch."""
    clock = Clock(run.device)
    with clock("graph"):
        graph = next(epochs)
    with clock("refresh"):
        run.refresh(graph)
    batches, backward = run.batches(), list[float]()
    while True:
        with clock("sampling"):
            batch = next(batches, None)
        if batch is None:
            break
        with clock("loss"):
            terms = run.loss(graph, batch)
        before = clock.seconds["backward"]
        with clock.apart_from_the_optimiser("backward"):
            run.step(terms)
        backward.append(clock.seconds["backward"] - before)
    with clock("evaluation"):
        run.validate()
    if clock.seconds["refresh"] > NOTICEABLE and len(backward) > 1:  # the first step passes through it
        through = max(0.0, backward[0] - statistics.median(backward[1:]))
        clock.seconds["refresh"] += through
        clock.seconds["backward"] -= through
    return {phase: clock.seconds[phase] for phase in PHASES}


def measure(name: str, args: argparse.Namespace) -> dict[str, Any]:
    """The row of a model."""
    if args.threads:
        torch.set_num_threads(args.threads)
    start = contender(name, args.dataset, preset=args.preset, searched=False)
    settings = {**start.preset, "model": {**start.preset["model"], **args.set}}
    model, data, options = prepare(start.model, 0, settings, protocol=Protocol(args.dataset, args.root))
    num_epochs = args.epochs + 1
    options |= {"epochs": num_epochs, "patience": num_epochs}
    run = Run(model, data, device=args.device, precision=args.precision, progress=False, **options)
    epochs = iter(run)
    measured = [one_epoch(run, epochs) for _ in range(num_epochs)][1:]
    seconds = {phase: statistics.median(found[phase] for found in measured) for phase in PHASES}
    total = statistics.median(sum(found.values()) - found["evaluation"] for found in measured)
    return {
        "model": name,
        "changed": " ".join(f"{key}={value}" for key, value in args.set.items()),
        "steps": len(list(run.batches())),
        **seconds,
        "epoch": total,
        "without_refresh": total - seconds["refresh"],
        "fastest": min(sum(found.values()) - found["evaluation"] - found["refresh"] for found in measured),
    }


def setting(text: str) -> tuple[str, Any]:
    """``name=value`` as a pair; a value that is no Python literal is a string."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"is name=value (got {text!r})")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--model", nargs="+", default=NAMES, choices=NAMES, metavar="NAME")
    made.add_argument("--dataset", default="synthetic", help="synthetic, tiktok, or the name of --root")
    made.add_argument("--root", help="folder of the data set")
    made.add_argument("--preset", help="data set whose presets are taken; its own by default")
    made.add_argument("--set", nargs="+", default=[], type=setting, metavar="NAME=VALUE",
                      help="arguments of the models, instead of the preset's")  # fmt: skip
    made.add_argument("--epochs", type=int, default=3, help="epochs that count; one more warms up")
    made.add_argument("--device", default="auto")
    made.add_argument("--precision", default="32-true")
    made.add_argument("--threads", type=int, help="of torch; all by default")
    made.add_argument("--json", type=Path, help="file for the numbers and the environment")
    return made


def main() -> None:
    """Run what the command line asks for."""
    args = parser().parse_args()
    args.set = dict(args.set)
    if args.threads:
        torch.set_num_threads(args.threads)  # which the environment says
    rows = []
    print(" ".join(f"{column:>15}" for column in COLUMNS))
    for name in args.model:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:  # with a heap of its own
            rows.append(own.submit(measure, name, args).result())
        shown = [f"{value:.3f}" if isinstance(value, float) else str(value) for value in rows[-1].values()]
        print(" ".join(f"{value:>15}" for value in shown), flush=True)
    if args.json:
        device = torch.device("cuda" if torch.cuda.is_available() and args.device != "cpu" else "cpu")
        report = {"dataset": args.dataset, "epochs": args.epochs, "precision": args.precision, "rows": rows}
        write({**report, "environment": environment(device)}, args.json)


def write(report: dict[str, Any], path: Path) -> None:
    """The JSON, and a CSV beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_text(json.dumps(report, indent=2) + "\n")
    shown = []
    for row in report["rows"]:
        label = f"{row['model']}, {row['changed']}" if row["changed"] else row["model"]
        seconds = {f"{column}, s": f"{row[column]:.3f}" for column in COLUMNS[3:]}
        shown.append({"model": label, "steps": str(row["steps"]), **seconds})
    write_table(path.with_suffix(".csv"), shown)


if __name__ == "__main__":
    main()
