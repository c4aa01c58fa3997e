"""``pygmmrec compare``: several models under one protocol."""

from __future__ import annotations

import sys

from pygmmrec.cli.train import MODELS


def compare_models(
    models: list[str],
    dataset: str = "synthetic",
    root: str | None = None,
    output: str = "runs/comparison",
    trials: int = 0,
    trial_epochs: int | None = None,
    trial_seconds: float | None = None,
    seeds: tuple[int, ...] = (1, 2, 3),
    epochs: int | None = None,
    n_jobs: int = 1,
    device: str = "auto",
) -> None:
    """Search settings on validation, train what was chosen, score the test set once, write a report.

    Args:
        models: Names of the models, as in [LightGCN,CRANE]; all of them where it says [all].
        dataset: synthetic, tiktok, lfm2k, or a name of your own for the folder in root.
        root: Folder of the data set.
        output: Folder of trials, runs and the report. What is there is not done again.
        trials: Settings that are tried for each model, its preset first; with none, presets are taken.
        trial_epochs: Most epochs of a trial.
        trial_seconds: Seconds of training of a trial after which no epoch begins.
        seeds: Seeds of the runs.
        epochs: Most epochs of a run, instead of the preset's.
        n_jobs: Trials or runs at a time.
        device: auto, cpu, cuda or cuda:1.
    """
    from pygmmrec import experiment  # its extra is needed for this verb only

    table = experiment.compare(
        list(MODELS) if models == ["all"] else models,
        experiment.Protocol(dataset, root),
        output=output,
        trials=trials,
        budget=experiment.Budget(trial_epochs, trial_seconds),
        seeds=seeds,
        epochs=epochs,
        n_jobs=n_jobs,
        device=device,
    )
    sys.stdout.write(f"{table.to_string()}\n")
