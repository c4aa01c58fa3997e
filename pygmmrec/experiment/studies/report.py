"""Tables and figures of a study, from its result files only.

For each part of the study, such as `ablation`, a table (ablation.csv) and a figure (ablation.png), then
notes.csv, and under ``raw`` all that it needs to write them again. Parts with nothing to compare are left
out, and parts that vary numbers as long as one of their values has no result.
"""

from __future__ import annotations

from pathlib import Path

from pygmmrec.experiment.reports.cells import circumstances, notes, write_table
from pygmmrec.experiment.studies.figures import DRAW
from pygmmrec.experiment.studies.parts import Plan
from pygmmrec.experiment.studies.results import Results, copy_condensed
from pygmmrec.experiment.studies.tables import TABLES


def write_report(plan: Plan, root: Path, output: Path) -> None:
    """Write the tables, figures and notes of the results under ``root`` into ``output``."""
    results = Results(root)
    for name, part in plan.parts.items():
        rows = TABLES[part.kind](results, part)
        if len(rows) > 1:
            write_table(output / f"{name}.csv", rows)
            DRAW[part.kind](results, part, output / f"{name}.png")
    if results.runs:
        said = circumstances(run for runs in results.runs.values() for run in runs.values())
        write_table(output / "notes.csv", notes(said))
    if root.resolve() != (output / "raw").resolve():
        copy_condensed(results, output / "raw")
