"""Train every variant of the CRANE study on one data set, and write its report.

    python benchmarks/accuracy/crane_study.py --dataset tiktok --root path/to/tiktok --seeds 1 2 3 \\
        --output runs/crane-study --report benchmarks/results/crane_study/tiktok

All variants start from the preset of the data set and differ by what crane_parts.py says. See study.py for
the folders of the runs, for what is done again and what is not, and for --jobs. The part `cost` always runs
alone, after all others.
"""

from crane_cost import run_costs
from crane_parts import PLAN
from study import arguments, run_study

if __name__ == "__main__":
    parser = arguments(PLAN, __doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[2000, 4000, 8000, 16000], help="N of cost")
    run_study(PLAN, parser.parse_args(), last=run_costs)
