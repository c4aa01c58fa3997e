"""The course of a study: its runs, some at a time, and then its report. crane_study.py is the command of one.

Runs lie in OUTPUT/CHANGES/seed-N, such as `full/seed-1` and `num_rounds=1/seed-1`; parts share them. What is
there with the same settings is not repeated, an interrupted run goes on, and a result of other settings is an
error. With --jobs above one, each run is a process with its share of the threads and writes its epochs to
log.txt in its folder.
"""

from __future__ import annotations

import argparse
import functools
import logging
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apart import Work, run_apart, with_log
from preset_run import Preset, load_preset, prepare, stored, train
from protocol import Protocol
from study_parts import FULL_MODEL, Plan, Variant, folder
from study_report import write_report

from pygmmrec.training import FitResult

logger = logging.getLogger(__name__)


class Study:
    """What the command line asks for, and what of it is done."""

    def __init__(self, plan: Plan, args: argparse.Namespace) -> None:
        self.plan = plan
        self.args = args
        self.protocol = Protocol(args.dataset, args.root)
        self.base = self._prepare(FULL_MODEL, args.seeds[0])[0].config
        self.jobs: dict[tuple[str, int], Variant] = {}
        for name in args.parts:
            part = plan.parts[name]
            seeds = args.grid_seeds or args.seeds[:1] if part.axes else args.seeds
            for variant in part.variants(self.base):
                for seed in seeds:
                    self.jobs.setdefault((folder(variant, self.base), seed), variant)

    def model(self, variant: Variant) -> str:
        """The name of its model."""
        return variant.model or self.plan.model

    def preset(self, variant: Variant) -> Preset:
        """The settings of a variant."""
        preset = load_preset(self.args.preset or self.args.dataset, self.model(variant))
        return {**preset, "model": {**preset["model"], **variant.changes}}

    def _prepare(self, variant: Variant, seed: int) -> Any:
        preset = self.preset(variant)
        return prepare(self.model(variant), seed, preset, protocol=self.protocol, epochs=self.args.epochs)

    def output(self, job: tuple[str, int]) -> Path:
        """Folder of a run."""
        return Path(self.args.output) / job[0] / f"seed-{job[1]}"

    def result(self, job: tuple[str, int]) -> FitResult | None:
        """The result of a run, if it is there; one of other settings is an error."""
        if not (self.output(job) / "result.json").is_file():
            return None  # without the data
        model, _, options = self._prepare(self.jobs[job], job[1])
        return stored(self.output(job), model, options)

    def train(self, job: tuple[str, int], *, progress: bool = True) -> None:
        """Train a variant with a seed."""
        args, variant = self.args, self.jobs[job]
        train(
            self.model(variant),
            job[1],
            self.preset(variant),
            protocol=self.protocol,
            output=self.output(job),
            epochs=args.epochs,
            device=args.device,
            progress=progress,
        )


def run_all(study: Study) -> list[str]:
    """Train what has no result yet; returns the names of the runs that failed."""
    num_jobs = study.args.jobs
    to_do = {f"{job[0]}/seed-{job[1]}": job for job in study.jobs if study.result(job) is None}
    logger.info("%d of %d runs have their result", len(study.jobs) - len(to_do), len(study.jobs))
    started, ended, failed = time.perf_counter(), 0, []

    def done(name: str, fine: bool) -> None:
        nonlocal ended
        ended += 1
        left = len(to_do) - ended
        hours = (time.perf_counter() - started) / ended * left / 3600
        job = to_do[name]
        if not fine:
            failed.append(name)
            said = f"failed, see {study.output(job) / 'log.txt'}"
        else:
            result = FitResult.load(study.output(job) / "result.json")
            monitor = result.config["training"]["monitor"]
            said = f"valid {monitor} {result.valid[monitor]:.4f} in epoch {result.best_epoch}"
        logger.info("%s: %s; %d left, about %.1f h", name, said, left, hours)

    if num_jobs == 1:
        for name, job in to_do.items():
            study.train(job)
            done(name, True)
    else:
        work: Work = {}
        for name, job in to_do.items():
            apart = functools.partial(study.train, job, progress=False)
            work[name] = with_log(apart, study.output(job) / "log.txt", num_jobs)
        run_apart(work, num_jobs, done)
    return failed


def arguments(plan: Plan, description: str | None) -> argparse.ArgumentParser:
    """What the command of a study takes."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", default="synthetic", choices=["synthetic", "tiktok", "folder"])
    parser.add_argument("--root", help="folder of the data set; 'synthetic' needs none")
    parser.add_argument("--preset", help="folder under presets/; that of the data set's name by default")
    parser.add_argument("--parts", nargs="+", default=list(plan.parts), choices=plan.parts)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument(
        "--grid-seeds", nargs="+", type=int, help="of parts that vary numbers; the first of --seeds"
    )
    parser.add_argument("--epochs", type=int, help="most epochs, instead of the preset's")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--output", default=f"runs/{plan.model.lower()}-study")
    parser.add_argument("--report", type=Path, help="folder of tables and figures; OUTPUT/report by default")
    return parser


def run_study(
    plan: Plan, args: argparse.Namespace, *, last: Callable[[Study], list[str]] = lambda study: []
) -> None:
    """Run what the command line asks for, and write the report of all that is there.

    Args:
        plan: The study.
        args: What :func:`arguments` parsed.
        last: Called after all runs; returns the names of what failed.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # takes the other processes along
    study = Study(plan, args)
    failed = run_all(study) + last(study)
    write_report(plan, Path(args.output), args.report or Path(args.output) / "report")
    if failed:
        sys.exit(f"{len(failed)} failed: {', '.join(failed)}")
