"""The test curve of LightGCN on Gowalla, as JSON, table and figure, beside the published end point."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from pygmmrec.experiment.reports.cells import METRIC, SECOND, Rows, write_table
from pygmmrec.experiment.reports.drawing import save
from pygmmrec.utils.files import replacing

KEYS = (METRIC, SECOND)
PUBLISHED = {METRIC: (0.1823, 0.1830), SECOND: (0.1553, 0.1554)}
"""After 1000 epochs (arXiv 2002.02126): the least and the most that is reported."""

PUBLISHED_EPOCHS = 1000


def write_report(report: dict[str, Any], output: Path) -> None:
    """Write curve.json, curve.csv and curve.png.

    Args:
        report: ``epochs`` that were fixed beforehand, ``every``, ``settings``, ``environments`` (one for each
            start of the run) and ``curve``: ``epoch``, test metrics, mean ``loss`` terms of that epoch and
            ``seconds`` of training so far.
        output: Folder of the files.
    """
    with replacing(output / "curve.json") as temporary:
        temporary.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    write_table(output / "curve.csv", table(report))
    draw(report, output / "curve.png")


def said(report: dict[str, Any]) -> str:
    """What the curve is of, in words: how far it is, and on which device."""
    done, planned = report["curve"][-1]["epoch"], report["epochs"]
    device = ", ".join(dict.fromkeys(each["device"] for each in report["environments"]))
    return f"{done} of the {planned} epochs that were planned, on {device}"


def table(report: dict[str, Any]) -> Rows:
    """A row for the last point of the curve, and one for what is published."""
    last = report["curve"][-1]
    here = {
        "run": f"here: {said(report)}",
        "epochs": str(last["epoch"]),
        **{f"test {key}": f"{last[key]:.4f}" for key in KEYS},
        "hours of training": f"{last['seconds'] / 3600:.1f}",
    }
    published = {
        "run": "published",
        "epochs": str(PUBLISHED_EPOCHS),
        **{f"test {key}": f"{low:.4f} to {high:.4f}" for key, (low, high) in PUBLISHED.items()},
        "hours of training": "",
    }
    return [here, published]


def draw(report: dict[str, Any], path: Path) -> None:
    """A panel for each metric: the curve, and the published end point as a dashed line."""
    epochs = [point["epoch"] for point in report["curve"]]
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axis, key in zip(figure.subplots(1, len(KEYS)), KEYS, strict=True):
        axis.plot(epochs, [point[key] for point in report["curve"]], marker="o", markersize=3, label="here")
        low, high = PUBLISHED[key]
        label = f"published, after {PUBLISHED_EPOCHS} epochs"
        axis.axhline((low + high) / 2, color="grey", linestyle="--", linewidth=1, label=label)
        axis.set(xlabel="epoch", ylabel=f"test {key}", ylim=(0, None))
        axis.legend(loc="lower right", frameon=False)
        axis.grid(alpha=0.2)
    figure.suptitle(f"LightGCN on Gowalla, {said(report)}")
    save(figure, path)
