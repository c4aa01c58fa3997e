"""Tables of the attention benchmarks, from their result files.

    python benchmarks/rca/report.py benchmarks/results

Reads FOLDER/rca/*-forms.json, which forms.py writes, and FOLDER/memory/rca-entity-*.json, which
benchmarks/memory/main.py writes. Writes forms.csv and memory.csv into FOLDER/rca, for the documentation.
The last rows of memory.csv are no measurement: they are the line through the measured sizes, taken to the
sizes of the paper's data sets.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pygmmrec.utils.files import replacing

PAPER_ENTITIES = {"Clothing": 62_420, "Electronics": 255_404}
"""Users and items of the paper's larger data sets."""

FORM_COLUMNS = {
    "error of E": "error",
    "error of the update": "update_error",
    "recall@10": "recall@10",
    "forward s": "forward_seconds",
    "forward + backward s": "forward_backward_seconds",
    "forward MB": "forward_mb",
    "forward + backward MB": "forward_backward_mb",
}


def form_rows(report: dict[str, Any]) -> list[list[str]]:
    """A row per form of the attention."""
    rows = [["form", *FORM_COLUMNS]]
    for form, values in report["forms"].items():
        cells = []
        for name in FORM_COLUMNS.values():
            digits = 0 if name.endswith("mb") else 2 if name.endswith("seconds") else 3
            cells.append(f"{values[name]:.{digits}f}" if name in values else "")
        rows.append([form, *cells])
    return rows


def memory_rows(reports: Iterable[dict[str, Any]]) -> list[list[str]]:
    """A row per measured size, and the least-squares line through them at the paper's sizes."""
    reports = sorted(reports, key=lambda report: report["entities"])
    rows = [["entities N", "", "forward MB", "forward + backward MB", "forward + backward s"]]
    for report in reports:
        sizes = (report["forward_mb"], report["forward_backward_mb"], report["forward_backward_seconds"])
        rows.append([f"{report['entities']:,}", "measured", *(f"{size:,.0f}" for size in sizes)])
    if len(reports) > 1:
        entities = [report["entities"] for report in reports]
        lines = [
            np.polyfit(entities, [report[name] for report in reports], 1)
            for name in ("forward_mb", "forward_backward_mb")
        ]
        for dataset, size in PAPER_ENTITIES.items():
            if size > max(entities):
                cells = [f"{np.polyval(line, size):,.0f}" for line in lines]
                rows.append([f"{size:,}", f"by the line ({dataset})", *cells, ""])
    return rows


def write_csv(rows: Sequence[Sequence[str]], path: Path) -> None:
    """All rows, or none."""
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of results")
    args = parser.parse_args()
    found = {
        name: [json.loads(path.read_text()) for path in sorted(args.folder.glob(pattern))]
        for name, pattern in (("forms", "rca/*-forms.json"), ("memory", "memory/rca-entity-*.json"))
    }
    if len(found["forms"]) != 1 or not found["memory"]:
        parser.error(f"{args.folder} needs one rca/*-forms.json and some memory/rca-entity-*.json")
    write_csv(form_rows(found["forms"][0]), args.folder / "rca" / "forms.csv")
    write_csv(memory_rows(found["memory"]), args.folder / "rca" / "memory.csv")


if __name__ == "__main__":
    main()
