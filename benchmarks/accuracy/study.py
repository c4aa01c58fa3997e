"""Train every variant of a study on one data set, and write its report.

    python benchmarks/accuracy/study.py CRANE --dataset tiktok --root path/to/tiktok --seeds 1 2 3 \\
        --output runs/crane-study --report benchmarks/results/crane_study/tiktok
    python benchmarks/accuracy/study.py CRANE --results benchmarks/results/crane_study/tiktok/raw \\
        --report benchmarks/results/crane_study/tiktok

All variants start from the preset of the data set and differ by what crane_parts.py or mambarec_parts.py
says. See pygmmrec/experiment/studies/study.py for the folders of the runs, and for what is done again and
what is not. The second command writes the report again. Runs at the same time slow each other down: for the
seconds of a part such as `reduction`, run that first, with one job. The part `cost` of CRANE is measured by
crane_cost.py.
"""

import argparse
import logging
import signal
import sys
from pathlib import Path

from crane_parts import PLAN as CRANE
from mambarec_parts import PLAN as MAMBAREC

from pygmmrec.experiment import Protocol, Study, run_study
from pygmmrec.experiment.studies.report import write_report

PLANS = {plan.model: plan for plan in (CRANE, MAMBAREC)}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("model", choices=PLANS)
    add("--dataset", default="synthetic", choices=["synthetic", "tiktok", "lfm2k", "folder"])
    add("--root", help="folder of the data set; 'synthetic' needs none")
    add("--preset", help="name of the data set whose preset is taken; that of the data set by default")
    add("--parts", nargs="+", help="all of them by default")
    add("--seeds", nargs="+", type=int, default=[1, 2, 3])
    add("--grid-seeds", nargs="+", type=int, help="of parts that vary numbers; the first of --seeds")
    add("--min-interactions", type=int, default=0, help="users with fewer are left out; CRANE's paper has 4")
    add("--epochs", type=int, help="most epochs, instead of the preset's")
    add("--jobs", type=int, default=1, help="runs at a time")
    add("--device", default="auto")
    add("--output", type=Path, help="runs/MODEL-study by default")
    add("--report", type=Path, help="folder of tables and figures; OUTPUT/report by default")
    add("--results", type=Path, help="OUTPUT, or `raw` of an earlier report: nothing is trained")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    plan = PLANS[args.model]
    if args.results is not None:
        if not any(args.results.glob("*/seed-*/result.json")) and not any(args.results.glob("cost/*.json")):
            parser.error(f"no results under {args.results}")
        write_report(plan, args.results, args.report or args.results / "report")
        return
    unknown = sorted(set(args.parts or []) - set(plan.parts))
    if unknown:
        parser.error(f"--parts are out of {', '.join(plan.parts)} (got {', '.join(unknown)})")
    output = args.output or Path(f"runs/{args.model.lower()}-study")
    protocol = Protocol(args.dataset, args.root, min_interactions=args.min_interactions)
    study = Study(plan, protocol, output, args.parts, args.seeds, args.grid_seeds, args.epochs, args.device,
                  args.preset)  # fmt: skip
    try:
        failed = run_study(study, args.report, args.jobs)
    except ValueError as error:
        parser.error(str(error))
    if failed:
        sys.exit("\n".join(f"{name} failed: {error}" for name, error in failed.items()))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # takes the other processes along
    main()
