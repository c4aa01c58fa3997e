"""Published numbers of a data set, beside what was measured."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from pygmmrec.experiment.reports.cells import Rows, mean_std
from pygmmrec.experiment.reports.results import Comparison
from pygmmrec.experiment.settings.toml import FOLDER, read_toml

PUBLISHED = FOLDER / "published"


class Published(NamedTuple):
    """The numbers of one source: ``values[model][metric]``, and remarks on some models."""

    source: str
    values: dict[str, dict[str, float]]
    remarks: dict[str, str]


def load_published(dataset: str) -> list[Published]:
    """The sources of a data set; none if nothing is published."""
    path = PUBLISHED / f"{dataset}.toml"
    tables = read_toml(path)["table"] if path.is_file() else []
    return [
        Published(
            table["source"],
            {model: dict(zip(table["metrics"], row, strict=True)) for model, row in table["models"].items()},
            table.get("remarks", {}),
        )
        for table in tables
    ]


def published_table(comparison: Comparison) -> Rows:
    """A row per model, source and metric: what was measured here, what is published, and the difference.

    Only for a data set as it is: a cold or incomplete one is another task.
    """
    rows = []
    for source, values, remarks in load_published(comparison.name):
        for model in comparison.models:
            for metric, number in values.get(model, {}).items():
                runs = list(comparison.runs[model].values())
                here = [run.test[metric] for run in runs]
                difference = statistics.mean(here) - number
                rows.append(
                    {
                        "model": model,
                        "metric": metric,
                        "here": mean_std(here),
                        "published": f"{number:.4f}",
                        "difference": f"{difference:+.4f} ({difference / number:+.1%})",
                        "source": source,
                        "remark": remarks.get(model, ""),
                    }
                )
    return rows
