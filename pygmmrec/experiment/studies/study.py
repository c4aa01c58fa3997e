"""The course of a study: its runs, some at a time, and then its report.

Runs lie in OUTPUT/CHANGES/seed-N, such as `full/seed-1` and `num_rounds=1/seed-1`; parts share them. What is
there with the same settings is not repeated, an interrupted run goes on, and a result of other settings is an
error.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pygmmrec.experiment.runs.pieces import Piece, run_pieces
from pygmmrec.experiment.runs.prepare import prepare
from pygmmrec.experiment.runs.train import stored, train
from pygmmrec.experiment.settings.contender import Tables, contender
from pygmmrec.experiment.settings.preset import Preset, as_preset, put
from pygmmrec.experiment.settings.protocol import Protocol
from pygmmrec.experiment.studies.parts import FULL_MODEL, Plan, Variant, folder
from pygmmrec.experiment.studies.report import write_report
from pygmmrec.models import Recommender
from pygmmrec.training import FitResult

logger = logging.getLogger(__name__)

Job = tuple[str, int]
"""The folder of a variant, and a seed."""


@dataclass
class Study:
    """The variants of a model on one data set.

    Args:
        plan: The model, and the parts of the study.
        protocol: The data set.
        output: Folder of the runs.
        parts: Those to be run. (default: all)
        seeds: Of the runs.
        grid_seeds: Of the parts that vary numbers. (default: the first of ``seeds``)
        epochs: Most epochs, instead of the preset's.
        device: Where runs train.
        preset: Where all variants start, as :func:`~pygmmrec.experiment.compare` takes it.
    """

    plan: Plan
    protocol: Protocol
    output: Path
    parts: Sequence[str] | None = None
    seeds: Sequence[int] = (1, 2, 3)
    grid_seeds: Sequence[int] | None = None
    epochs: int | None = None
    device: str = "auto"
    preset: str | Mapping[str, str | Tables] | None = None

    def of(self, variant: Variant) -> tuple[type[Recommender], Preset]:
        """The class and the settings of a variant."""
        start = contender(
            variant.model or self.plan.model, self.protocol.dataset, preset=self.preset, searched=False
        )
        settings = as_preset(start.preset)
        for name, value in variant.changes.items():
            put(settings["model"], name, value)
        return start.model, settings

    @functools.cached_property
    def base(self) -> dict[str, Any]:
        """All arguments of the model of the preset, with the sizes of the data."""
        model, settings = self.of(FULL_MODEL)
        return prepare(model, self.seeds[0], settings, protocol=self.protocol)[0].config

    def jobs(self) -> dict[Job, Variant]:
        """All runs of the parts, each once."""
        jobs: dict[Job, Variant] = {}
        for name in self.plan.parts if self.parts is None else self.parts:
            part = self.plan.parts[name]
            seeds = self.grid_seeds or self.seeds[:1] if part.axes else self.seeds
            for variant in part.variants(self.base):
                for seed in seeds:
                    jobs.setdefault((folder(variant, self.base), seed), variant)
        return jobs

    def folder(self, job: Job) -> Path:
        """Where a run lies."""
        return self.output / job[0] / f"seed-{job[1]}"

    def result(self, job: Job, variant: Variant) -> FitResult | None:
        """The result of a run, if it is there; one of other settings is an error."""
        if not (self.folder(job) / "result.json").is_file():
            return None  # without the data
        model, settings = self.of(variant)
        built, _, options = prepare(model, job[1], settings, protocol=self.protocol, epochs=self.epochs)
        return stored(self.folder(job), built.config, options)

    def piece(self, job: Job, variant: Variant) -> Piece:
        """The training of a variant with a seed."""
        model, settings = self.of(variant)
        call = functools.partial(
            train,
            model,
            job[1],
            settings,
            protocol=self.protocol,
            output=self.folder(job),
            epochs=self.epochs,
            device=self.device,
        )
        return Piece(f"{job[0]}/seed-{job[1]}", call, self.folder(job) / "log.txt")


def run_study(study: Study, report: Path | None = None, n_jobs: int | None = None) -> dict[str, str]:
    """Train what has no result yet, and write the report of all that is there.

    Args:
        study: The study.
        report: Folder of the report. (default: ``report`` in that of the study)
        n_jobs: Runs at a time, as :func:`~pygmmrec.experiment.compare` takes it.

    Returns:
        What went wrong, by the name of the run.

    Raises:
        ValueError: If a result is of other settings.
    """
    jobs = study.jobs()
    to_do = {job: variant for job, variant in jobs.items() if study.result(job, variant) is None}
    logger.info("%d of %d runs have their result", len(jobs) - len(to_do), len(jobs))
    started, failed = time.perf_counter(), {}
    pieces = [study.piece(job, variant) for job, variant in to_do.items()]
    for ended, done in enumerate(run_pieces(pieces, n_jobs), start=1):
        left = len(pieces) - ended
        hours = (time.perf_counter() - started) / ended * left / 3600
        if done.error is not None:
            failed[done.name] = done.error
            said = f"failed: {done.error}"
        else:
            monitor = done.value.config["training"]["monitor"]
            said = f"valid {monitor} {done.value.valid[monitor]:.4f} in epoch {done.value.best_epoch}"
        logger.info("%s: %s; %d left, about %.1f h", done.name, said, left, hours)
    write_report(study.plan, study.output, report or study.output / "report")
    return failed
