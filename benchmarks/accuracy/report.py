"""Write the report of a comparison from its result files, and put its table into a Markdown file.

    python benchmarks/accuracy/report.py runs/comparison --output benchmarks/results/comparison
    python benchmarks/accuracy/report.py benchmarks/results/comparison --into README.md \\
        --marker results:tiktok

The first writes a folder for each protocol, see pygmmrec/experiment/reports/report.py. The second puts a
short table between the marker's comments. Without either the main table is printed.
"""

import argparse
from pathlib import Path

from pygmmrec.experiment import load_comparisons, render, short, write_reports
from pygmmrec.experiment.reports.markdown import insert
from pygmmrec.utils.files import replacing

HEADLINE = ("CRANE", "MambaRec")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="searched for result.json and trials.jsonl files")
    parser.add_argument("--output", type=Path, help="folder of the whole report")
    parser.add_argument("--into", type=Path, help="Markdown file to put a short table into")
    parser.add_argument("--marker", default="results", help="name in the file's <!-- NAME:begin --> comments")
    parser.add_argument("--headline", nargs="+", default=list(HEADLINE), help="set against all others")
    args = parser.parse_args()
    comparisons = load_comparisons(args.folder)
    if not comparisons:
        parser.error(f"no result.json under {args.folder}")
    if args.output is not None:
        write_reports(comparisons, args.output, args.headline)
    if args.into is not None:
        text = insert(args.into.read_text(encoding="utf-8"), short(comparisons), args.marker)
        with replacing(args.into) as temporary:
            temporary.write_text(text, encoding="utf-8")
    if args.output is None and args.into is None:
        print(render(comparisons, args.headline))


if __name__ == "__main__":
    main()
