"""The figure of propagation: how many times faster than COO each layout is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from pygmmrec.utils.files import replacing

DIRECTIONS = ((-0.2, "forward", "tab:cyan"), (0.2, "forward+backward", "tab:blue"))
"""Where a bar stands in its row, what it shows, and its colour."""


def draw(reports: Sequence[dict[str, Any]], path: Path) -> None:
    """Bars per layout, one panel per graph: forward alone, and with backward."""
    names = list(dict.fromkeys(row["layout"] for report in reports for row in report["rows"]))
    size = (3 + 3.2 * len(reports), 1.2 + 0.4 * len(names))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(reports), sharey=True, squeeze=False)[0]
    for axis, report in zip(panels, reports, strict=True):
        for offset, direction, color in DIRECTIONS:
            rows = [row for row in report["rows"] if row["direction"] == direction]
            places = [names.index(row["layout"]) + offset for row in rows]
            speedups = [row["speedup_vs_coo"] or 0 for row in rows]
            axis.barh(places, speedups, height=0.38, color=color, label=direction)
        axis.axvline(1, color="black", linewidth=0.8)
        axis.set_title(f"{report['name']} ({report['nnz'] / 1e3:,.0f}k entries)", fontsize="medium")
        axis.set_xlabel("times faster than COO")
        axis.grid(axis="x", alpha=0.2)
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    panels[-1].legend(loc="upper right", fontsize="small")
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)
