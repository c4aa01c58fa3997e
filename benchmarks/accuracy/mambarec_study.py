"""Train every variant of the MambaRec study on one data set, and write its report.

    python benchmarks/accuracy/mambarec_study.py --dataset tiktok --root path/to/tiktok --seeds 1 2 3 \\
        --output runs/mambarec-study --report benchmarks/results/mambarec_study/tiktok

All variants start from the preset of the data set and differ by what mambarec_parts.py says. See study.py for
the folders of the runs, for what is done again and what is not, and for --jobs. Runs at the same time slow
each other down: for the seconds of the part `reduction`, run that first, with one job.
"""

from mambarec_parts import PLAN
from study import arguments, run_study

if __name__ == "__main__":
    run_study(PLAN, arguments(PLAN, __doc__).parse_args())
