"""The directive ``cheat-sheet``: all models in a table that is made from the code and from results.

.. code-block:: rst

    .. cheat-sheet:: ../../benchmarks/results

takes the folder of results, relative to the page. Below the table stands where published numbers come from.
Cards of models are beside the page.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from model_facts import ModelFacts, model_facts, model_names, toy_graph
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from pygmmrec.experiment import load_comparisons
from pygmmrec.experiment.reports.cells import METRIC, mean_std
from pygmmrec.experiment.reports.published import Published, load_published
from pygmmrec.training import FitResult

PUBLISHED_ON = ("baby", "sports", "clothing")
"""The sets of Amazon on which most papers say how their models do."""

COMPARISON = "comparison"
"""The folder of results in which all models were treated alike."""

HEADER = (
    "Model",
    "Modalities",
    "Graphs",
    "Terms of the loss",
    "Paper",
    "Published Recall@20",
    "Measured Recall@20",
)
ABSENT = "–"


def published_sources() -> dict[str, dict[str, Published]]:
    """Source -> data set -> what it says, in the order in which the files name sources."""
    sources: dict[str, dict[str, Published]] = {}
    for dataset in PUBLISHED_ON:
        for table in load_published(dataset):
            sources.setdefault(table.source, {})[dataset] = table
    return sources


def published_cell(model: str, sources: dict[str, dict[str, Published]]) -> str:
    """The numbers of the source that has the model on most data sets, the first of them if several do."""
    rows = {
        letter: [
            f"{tables[dataset].values[model][METRIC]:.4f}"
            if dataset in tables and model in tables[dataset].values
            else ABSENT
            for dataset in PUBLISHED_ON
        ]
        for letter, tables in zip(letters(sources), sources.values(), strict=True)
    }
    letter, row = min(rows.items(), key=lambda each: each[1].count(ABSENT))
    return ABSENT if set(row) == {ABSENT} else f"{' / '.join(row)} ({letter})"


def letters(sources: dict[str, dict[str, Published]]) -> str:
    """One for each source."""
    return "abcdefghijklmnopqrstuvwxyz"[: len(sources)]


def measured(results: Path) -> dict[str, dict[str, str]]:
    """Model -> data set -> mean ± standard deviation over the runs.

    From ``comparison/``, and where a model has no run there, from a folder that is named as its data set.
    Studies, which vary a model, are left out, and so is what was measured on a part of a data set.
    """
    folders = sorted(path for path in results.glob("*") if _of_dataset(path))
    found: dict[str, dict[str, str]] = {}
    for folder in [*folders, results / COMPARISON]:
        for dataset, comparison in load_comparisons(folder).items():
            for model, runs in comparison.runs.items() if "," not in dataset else ():
                values = [run.test[METRIC] for run in runs.values()]
                cell = f"{mean_std(values)} ({dataset}, {len(values)} run{'s' * (len(values) > 1)})"
                found.setdefault(model, {})[dataset] = cell
    return found


def _of_dataset(folder: Path) -> bool:
    """Whether there are runs of models in it, on the data set of its name."""
    first = next(folder.glob("*/seed-*/result.json"), None)
    return first is not None and FitResult.load(first).dataset == folder.name


def row(facts: ModelFacts, published: str, runs: dict[str, str]) -> list[str]:
    """The cells of a model, in reStructuredText."""
    return [
        f":doc:`{facts.name} <{facts.card}>`",
        facts.modalities,
        ", ".join(facts.graphs) or "none",
        ", ".join(f"``{term}``" for term in facts.losses) or "none, fitted in one pass",
        f"`{paper_label(facts.paper)} <{facts.paper}>`__",
        published,
        ", ".join(runs[dataset] for dataset in sorted(runs)) or "not run",
    ]


def paper_label(link: str) -> str:
    """How a paper is called in short: its archive and its number there."""
    for prefix, archive in {"https://arxiv.org/abs/": "arXiv ", "https://doi.org/": "doi "}.items():
        if link.startswith(prefix):
            return archive + link.removeprefix(prefix)
    return link


def cheat_sheet(results: Path) -> list[str]:
    """The lines of the table, and of what is said below it."""
    data, sources, runs = toy_graph(), published_sources(), measured(results)
    rows = [
        row(model_facts(name, data), published_cell(name, sources), runs.get(name, {}))
        for name in model_names()
    ]
    table = [".. list-table:: All models", "   :header-rows: 1", ""]
    for cells in [HEADER, *rows]:
        table += [("     - " if column else "   * - ") + cell for column, cell in enumerate(cells)]
    named = "; ".join(
        f"({letter}) {source}" for letter, source in zip(letters(sources), sources, strict=True)
    )
    sets = " / ".join(name.capitalize() for name in PUBLISHED_ON)
    return [*table, "", f"Published: {sets} of Amazon. Sources: {named}."]


class CheatSheet(SphinxDirective):
    """The table; the argument is the folder of results."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # results and code change without this page
        page = Path(self.env.doc2path(self.env.docname)).parent
        return self.parse_text_to_nodes("\n".join(cheat_sheet(page / self.arguments[0])))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("cheat-sheet", CheatSheet)
    return {"parallel_read_safe": True}
