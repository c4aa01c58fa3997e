"""Compare models under one protocol: search on validation, train what was chosen, score the test set once.

    python benchmarks/accuracy/main.py --dataset tiktok=path/to/tiktok --trials 20 --trial-epochs 60 \\
        --seeds 1 2 3 --jobs 2 --output runs/comparison --report benchmarks/results/comparison

This is the command of ``pygmmrec.experiment.compare``, which says what lies where, what is done again and
what is not. The command may be interrupted at any time and be given again. report.py writes the report again
from the result files.
"""

import argparse
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path

import optuna

from pygmmrec.experiment import Budget, Protocol, compare, load_comparisons, render
from pygmmrec.experiment.settings.model_class import NAMES

HEADLINE = ("CRANE", "MambaRec")


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = made.add_argument
    add("--model", nargs="+", default=NAMES, choices=NAMES, metavar="NAME", help="all of them by default")
    add("--dataset", nargs="+", default=["synthetic"], metavar="NAME[=FOLDER]")
    add("--root", help="folder of the data set, if there is one only")
    add("--preset", help="name of the data set whose presets are taken; that of the data set by default")
    add("--trials", type=int, default=0, help="settings that are tried for each model")
    add("--budget", type=float, metavar="SECONDS", help="most seconds of training of each trial")
    add("--trial-epochs", type=int, help="most epochs of each trial, instead of the preset's")
    add("--sampler", default="tpe", choices=["tpe", "random"])
    add("--storage", metavar="URL", help="data base of the trials; OUTPUT/search.db by default")
    add("--seeds", nargs="+", type=int, default=[1, 2, 3], help="of the runs; 0 is that of the trials")
    add("--splits", nargs="+", type=int, help="seeds of new splits; the search sees the first")
    add("--epochs", type=int, help="most epochs of a run, instead of the preset's; of a trial too")
    add("--missing-modality", metavar="FRACTION[:NAME]", help="share of the items that lose a modality")
    add("--cold-items", type=float, default=0.0, metavar="FRACTION", help="share without a training edge")
    add("--jobs", type=int, default=1, help="processes at a time; 1: all in this one")
    add("--device", default="auto")
    add("--output", type=Path, default=Path("runs/comparison"))
    add("--report", type=Path, help="folder of the report; OUTPUT/report by default")
    add("--headline", nargs="+", default=list(HEADLINE), help="set against all others")
    return made


def protocols(args: argparse.Namespace) -> list[Protocol]:
    """What models are asked.

    Raises:
        ValueError: If the arguments contradict each other.
    """
    fraction, _, modality = (args.missing_modality or "0").partition(":")
    changes = {"missing": float(fraction), "modality": modality or None, "cold": args.cold_items}
    found = []
    for text in args.dataset:
        name, named, folder = text.partition("=")
        if args.root is not None and (named or len(args.dataset) > 1):
            raise ValueError("--root is of one data set: name each folder, as in tiktok=path/to/tiktok")
        found.append(replace(Protocol(name, folder if named else args.root), **changes))
    return found


def main() -> None:
    """Run what the command line asks for."""
    command = parser()
    args = command.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        table = compare(
            args.model,
            protocols(args),
            trials=args.trials,
            seeds=args.seeds,
            output=args.output,
            budget=Budget(args.trial_epochs, args.budget),
            sampler=args.sampler,
            storage=args.storage,
            n_jobs=args.jobs,
            splits=args.splits,
            epochs=args.epochs,
            device=args.device,
            preset=args.preset,
            report=args.report,
            headline=args.headline,
        )
    except ValueError as error:
        command.error(str(error))
    print(render(load_comparisons(args.output), args.headline))
    if table.attrs["failed"]:
        sys.exit("\n".join(f"{name} failed: {error}" for name, error in table.attrs["failed"].items()))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # takes the other processes along
    main()
