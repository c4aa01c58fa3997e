"""Whom a model serves that it was not trained with, found by asking it: the table of models/serves.csv.

    python docs/served_facts.py            writes the table anew
    python docs/served_facts.py MyModel    only the rows of some models

The card of each model shows its row; nobody writes it there. Each model is built on a small synthetic graph,
with its default arguments, untrained, and asked about new users by :meth:`Served.recommend_for` and about new
items by :meth:`Served.add_items`.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from model_facts import model_names, toy_graph
from torch_geometric.data import HeteroData

from pygmmrec import models
from pygmmrec.data import IdMap
from pygmmrec.graph.modalities import stored_features
from pygmmrec.models.closed import ClosedForm
from pygmmrec.serving import Served
from pygmmrec.serving.fold_in import FoldIn

TABLE = Path(__file__).parent / "models" / "serves.csv"
HEADER = (
    "Model",
    "Known users and items",
    "Users with some items",
    "Items with some users",
    "Items with content only",
)
WAYS = {
    "sum": "yes, a sum",
    "forward": "yes, a forward pass",
    "whole": "yes, the graph anew",
    "fitted": "yes, as known ones",
}
NEW = (1000, 1001)
"""Ids of new items."""


def named_graph() -> HeteroData:
    """The small graph of the models' facts, with ids."""
    data = toy_graph()
    for kind in ("user", "item"):
        data[kind].raw_id = IdMap(range(data[kind].num_nodes))
    return data


def serves(name: str, data: HeteroData) -> tuple[str, ...]:
    """The row of a model: a cell for each column of HEADER."""
    cls: Any = getattr(models, name)
    prepared = cls.prepare(data)
    model = cls.from_data(prepared, seed=0).eval()
    if isinstance(model, ClosedForm):
        model.fit_closed(prepared)
    rec = Served(model, prepared)
    try:
        users = WAYS[FoldIn(model, prepared).way]
    except ValueError:
        users = "no"
    raw = {key: x[[0, 30]] for key, x in stored_features(data).items()}
    same = {key: x[[0, 0]] for key, x in raw.items()}
    by_content = told_apart(rec, raw, None)
    by_users = told_apart(rec, same, ([1, 2, 3, 50, 60, 70], [NEW[0]] * 3 + [NEW[1]] * 3))
    return name, "yes", users, by_users, by_content


def told_apart(rec: Served, features: dict[str, torch.Tensor], interactions: Any) -> str:
    """Whether two new items get different scores, ``yes`` or ``no``."""
    given = {key: (x.numpy(), list(NEW)) for key, x in features.items()}
    try:
        more = rec.add_items(given, interactions)
    except ValueError:
        return "no"
    with torch.no_grad():
        scores = more.model.score(more.embeddings, torch.arange(99))  # [U, I]
    apart = (scores[:, -1] - scores[:, -2]).abs().max()
    return "yes" if apart > 1e-5 * scores.abs().max() else "no"


def read_rows(path: Path = TABLE) -> dict[str, tuple[str, ...]]:
    """The rows of the table by model."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row[0]: tuple(row) for row in list(csv.reader(file))[1:]}


def as_csv(rows: Mapping[str, tuple[str, ...]]) -> str:
    """Rows as CSV, under the header, by the alphabet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows[name] for name in sorted(rows, key=str.lower))
    return out.getvalue()


def card_table(row: tuple[str, ...]) -> str:
    """The row of a model as its card shows it, in reStructuredText."""
    lines = as_csv({row[0]: row}).splitlines()
    cells = "\n".join(f"   {line}" for line in lines)
    head = ".. rubric:: Whom it serves without training it again\n\n.. csv-table::\n   :header-rows: 1"
    return f"{head}\n\n{cells}\n"


def add_to_card(app: Any, docname: str, source: list[str]) -> None:
    """Put the row of a model under its card, when Sphinx reads it."""
    cards = {f"models/{getattr(models, name).__module__.rpartition('.')[2]}": name for name in model_names()}
    row = read_rows().get(cards.get(docname, ""))
    if row is not None:
        app.env.note_dependency(str(TABLE))
        source[0] += (
            f"\n{card_table(row)}\n:doc:`index` says what the columns mean, and how well some models do.\n"
        )


if __name__ == "__main__":
    asked = sys.argv[1:]
    kept = read_rows() if asked else {}
    found = {name: serves(name, named_graph()) for name in asked or model_names()}
    TABLE.write_text(as_csv({**kept, **found}), encoding="utf-8")
