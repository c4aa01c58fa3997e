"""How results are written: the metrics that are shown, numbers, circumstances, tables."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pygmmrec.training import FitResult
from pygmmrec.utils.files import replacing

METRIC = "recall@20"
SECOND = "ndcg@20"
METRICS = ("recall@10", "recall@20", "ndcg@10", "ndcg@20")

Rows = Sequence[Mapping[str, str]]
"""The rows of a table: column -> text."""


def mean_std(values: Sequence[float]) -> str:
    """Mean ± standard deviation in four decimals; one value has no deviation."""
    mean = f"{statistics.mean(values):.4f}"
    return f"{mean} ± {statistics.stdev(values):.4f}" if len(values) > 1 else mean


def p_text(p: float | None) -> str:
    """A p-value in two digits; nothing where there was no test."""
    return "" if p is None else f"{p:.2g}"


def circumstances(runs: Iterable[FitResult]) -> dict[str, str]:
    """What the numbers hold for, in words: data, seeds, hardware, versions, commits, commands."""
    runs = list(runs)

    def said(key: str) -> str:
        return ", ".join(dict.fromkeys(str(run.environment[key]) for run in runs))

    return {
        "dataset": ", ".join(dict.fromkeys(run.dataset for run in runs)),
        "seeds": ", ".join(map(str, dict.fromkeys(run.seed for run in runs))),
        "device": f"{said('device')} ({said('processor')}, {said('cores')} cores, {said('threads')} threads)",
        "versions": f"torch {said('torch')}, torch-geometric {said('torch-geometric')}",
        "commit": said("commit"),
        "command": "; ".join(
            f"`{text}`" for text in dict.fromkeys(run.environment["command"] for run in runs)
        ),
    }


def notes(said: Mapping[str, str]) -> Rows:
    """Circumstances as a table, with code as reStructuredText writes it."""
    return [{"what": key, "is": text.replace("`", "``")} for key, text in said.items()]


def write_table(path: Path, rows: Rows) -> None:
    """Write rows as CSV, with a header."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
