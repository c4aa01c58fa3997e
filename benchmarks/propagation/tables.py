"""The table and the figure of propagation on several graphs, from the result files of main.py.

    python benchmarks/propagation/tables.py benchmarks/results/propagation
    python benchmarks/propagation/tables.py benchmarks/results/propagation --into README.md

Reads FOLDER/*.json, writes FOLDER/speedup.png, and prints the table as Markdown or puts it into a file
between its markers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figure import draw

from pygmmrec.experiment.reports.markdown import insert
from pygmmrec.utils.files import replacing

DIRECTION = "forward+backward"


def render(reports: Sequence[dict[str, Any]]) -> str:
    """How many times faster than COO on each graph, forward and backward; the rest on the last."""
    last = _last(reports)
    names = list(dict.fromkeys(row["layout"] for report in reports for row in report["rows"]))
    found = {
        (report["name"], row["layout"]): row
        for report in reports
        for row in report["rows"]
        if row["direction"] == DIRECTION
    }
    header = [
        "A·X written as",
        *(f"{report['name']}, {report['nnz'] / 1e3:,.0f}k" for report in reports),
        "ms",
        "of copy bandwidth",
        "peak MB",
    ]
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    for name in names:
        cells = [name, *(_cell(found.get((report["name"], name)), "speedup_vs_coo") for report in reports)]
        row = found.get((last["name"], name))
        cells += [_cell(row, key) for key in ("median_ms", "fraction_of_copy_bandwidth", "peak_mb")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *_notes(reports)])


def _last(reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The largest graph, with memory as the C library has it."""
    return [report for report in reports if not report["keep_memory"]][-1]


def _cell(row: dict[str, Any] | None, key: str) -> str:
    """A number in as many digits as it deserves; nothing where it is unknown."""
    if row is None or row[key] is None:
        return ""
    return f"{row[key]:.0f}" if key in ("median_ms", "peak_mb") else f"{row[key]:.2f}"


def _notes(reports: Sequence[dict[str, Any]]) -> list[str]:
    """What the numbers hold for."""

    def said(key: str) -> str:
        return ", ".join(dict.fromkeys(str(report["environment"][key]) for report in reports))

    last = _last(reports)
    settings = f"{last['layers']} layers, D = {last['dim']}, {last['dtype']}"
    versions = [f"{name} {number}" for name, number in last["libraries"].items()]
    return [
        f"Times faster than COO, forward and backward, {settings}; k: thousand entries of the matrix.",
        f"Milliseconds, share and peak memory are those of {last['name']}; a copy moves "
        f"{last['copy_gb_per_s']:.1f} GB/s.",
        f"Device {said('device')} ({said('processor')}, {said('cores')} cores, {said('threads')} threads),",
        ", ".join([f"torch {said('torch')}", f"torch-geometric {said('torch-geometric')}", *versions])
        + f"; commit {said('commit')}.",
        "Commands: " + ", ".join(f"`{report['environment']['command']}`" for report in reports) + ".",
    ]


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of results")
    parser.add_argument("--into", type=Path, help="Markdown file to put the table into")
    parser.add_argument("--marker", default="results:propagation", help="name in the file's comments")
    args = parser.parse_args()
    reports = [json.loads(path.read_text()) for path in sorted(args.folder.glob("*.json"))]
    reports = [report for report in reports if "nnz" in report]
    reports.sort(key=lambda report: (report["keep_memory"], report["nnz"]))
    if all(report["keep_memory"] for report in reports):
        parser.error(f"no results of main.py in {args.folder}, or only of kept memory")
    draw(reports, args.folder / "speedup.png")
    table = render(reports)
    if args.into is None:
        print(table)
    else:
        text = insert(args.into.read_text(), table, args.marker)
        with replacing(args.into) as temporary:
            temporary.write_text(text)


if __name__ == "__main__":
    main()
