"""The tables and the figure of propagation on several graphs, from the result files of main.py.

    python benchmarks/propagation/tables.py benchmarks/results/propagation
    python benchmarks/propagation/tables.py benchmarks/results/propagation --into README.md

Reads FOLDER/*.json, writes FOLDER/speedup.csv and FOLDER/speedup.png, and prints the table as Markdown, or
puts its most telling rows and columns into a file between its markers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figure import draw

from pygmmrec.experiment.reports.cells import write_table
from pygmmrec.experiment.reports.markdown import insert, markdown
from pygmmrec.utils.files import replacing

DIRECTION = "forward+backward"


SHOWN = (
    "COO",
    "LGConv",
    "torch_sparse",
    "EdgeIndex.matmul",
    "spmm, compiled",
    "LightGCNPropagation, compiled",
)
"""Rows of the short table, as far as they were measured: what people use today, and ours
as it runs by default."""

Table = list[dict[str, str]]


def whole(reports: Sequence[dict[str, Any]]) -> Table:
    """How many times faster than COO on each graph, forward and backward; the rest on the last."""
    last = _last(reports)
    names = list(dict.fromkeys(row["layout"] for report in reports for row in report["rows"]))
    found = {
        (report["name"], row["layout"]): row
        for report in reports
        for row in report["rows"]
        if row["direction"] == DIRECTION
    }
    rows = []
    for name in names:
        cells = {"A·X written as": name}
        for report in reports:
            cells[_column(report)] = _cell(found.get((report["name"], name)), "speedup_vs_coo")
        row = found.get((last["name"], name))
        for column, key in zip(OF_LAST, ("median_ms", "fraction_of_copy_bandwidth", "peak_mb"), strict=True):
            cells[column] = _cell(row, key)
        rows.append(cells)
    return rows


def short(reports: Sequence[dict[str, Any]]) -> Table:
    """Some rows and six columns of the whole table, without those of kept memory."""
    columns = [_column(report) for report in reports if not report["keep_memory"]]
    kept = ["A·X written as", *columns, "ms", "peak MB"]
    rows = [row for row in whole(reports) if row["A·X written as"] in SHOWN]
    return [{column: row[column] for column in kept} for row in rows]


OF_LAST = ("ms", "of copy bandwidth", "peak MB")
"""Columns that are of the largest graph only."""


def _column(report: dict[str, Any]) -> str:
    return f"{report['name']}, {report['nnz'] / 1e3:,.0f}k"


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
        f"What is of one graph is of {last['name']}; a copy moves {last['copy_gb_per_s']:.1f} GB/s.",
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
    write_table(args.folder / "speedup.csv", whole(reports))
    if args.into is None:
        print("\n".join([markdown(whole(reports)), "", *_notes(reports)]))
    else:
        table = "\n".join([markdown(short(reports)), "", *_notes(reports)[:-1]])
        text = insert(args.into.read_text(), table, args.marker)
        with replacing(args.into) as temporary:
            temporary.write_text(text)


if __name__ == "__main__":
    main()
