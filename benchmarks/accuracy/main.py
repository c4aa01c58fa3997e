"""Compare models under one protocol: search on validation, train what was chosen, score the test set once.

    python benchmarks/accuracy/main.py --dataset tiktok=path/to/tiktok --trials 20 --trial-epochs 60 \\
        --seeds 1 2 3 --jobs 2 --output runs/comparison --report benchmarks/results/comparison

Each model has the same number of trials, each trial the same cap of epochs (--trial-epochs) and of seconds
of training (--budget). The first trial is the preset presets/DATASET/MODEL.toml as it is (or the model's
defaults), the others come from spaces/MODEL.toml. They validate with seed 0 and never score the test set.
Without --trials, presets are taken as they are. See compare.py for the folders and for what is done again and
what is not; the command may be interrupted at any time and be given again. report.py writes the report again
from the result files.
"""

import argparse
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path

from compare import Plan, compare
from comparison_results import REPORT, load_comparisons
from protocol import Protocol
from report import HEADLINE, render, write_reports
from search import Budget

import pygmmrec.models

MODELS = tuple(name for name in pygmmrec.models.__all__ if name != "Recommender")


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = made.add_argument
    add("--model", nargs="+", default=MODELS, choices=MODELS, metavar="NAME", help="all of them by default")
    add("--dataset", nargs="+", default=["synthetic"], metavar="NAME[=FOLDER]")
    add("--root", help="folder of the data set, if there is one only")
    add("--preset", help="folder under presets/; that of the data set's name by default")
    add("--trials", type=int, default=0, help="settings that are tried for each model")
    add("--budget", type=float, metavar="SECONDS", help="most seconds of training of each trial")
    add("--trial-epochs", type=int, help="most epochs of each trial, instead of the preset's")
    add("--sampler", default="tpe", choices=["tpe", "random"])
    add("--seeds", nargs="+", type=int, default=[1, 2, 3], help="of the runs; 0 is that of the trials")
    add("--splits", nargs="+", type=int, help="seeds of new splits; the search sees the first")
    add("--epochs", type=int, help="most epochs of a run, instead of the preset's; of a trial too")
    add("--missing-modality", metavar="FRACTION[:NAME]", help="share of the items that lose a modality")
    add("--cold-items", type=float, default=0.0, metavar="FRACTION", help="share without a training edge")
    add("--jobs", type=int, default=1, help="processes at a time; 0: all in this one")
    add("--device", default="auto")
    add("--output", type=Path, default=Path("runs/comparison"))
    add("--report", type=Path, help="folder of the report; OUTPUT/report by default")
    add("--headline", nargs="+", default=list(HEADLINE), help="set against all others")
    return made


def make_plan(args: argparse.Namespace) -> Plan:
    """What the arguments ask for.

    Raises:
        ValueError: If they contradict each other.
    """
    fraction, _, modality = (args.missing_modality or "0").partition(":")
    asked = Protocol("", missing=float(fraction), modality=modality or None, cold=args.cold_items)
    protocols = []
    for text in args.dataset:
        name, found, folder = text.partition("=")
        if args.root is not None and (found or len(args.dataset) > 1):
            raise ValueError("--root is of one data set: name each folder, as in tiktok=path/to/tiktok")
        protocols.append(replace(asked, dataset=name, root=folder if found else args.root))
    if 0 in args.seeds and args.trials:
        raise ValueError("Seed 0 is that of the trials: choose other --seeds")
    return Plan(
        models=tuple(args.model),
        protocols=tuple(protocols),
        output=args.output,
        preset=args.preset,
        trials=args.trials,
        budget=Budget(args.trial_epochs or args.epochs, args.budget),
        sampler=args.sampler,
        splits=tuple(args.splits) if args.splits else (None,),
        seeds=tuple(args.seeds),
        epochs=args.epochs,
        device=args.device,
    )


def main() -> None:
    """Run what the command line asks for."""
    command = parser()
    args = command.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # takes the other processes along
    try:
        plan = make_plan(args)
        for protocol in plan.protocols:
            protocol.of_split(plan.splits[0]).load()  # a wrong argument is an error now
    except ValueError as error:
        command.error(str(error))
    failed = compare(plan, args.jobs)
    comparisons = load_comparisons(plan.output)
    if comparisons:
        write_reports(comparisons, args.report or plan.output / REPORT, args.headline)
        print(render(comparisons, args.headline))
    if failed:
        sys.exit(f"{len(failed)} failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
