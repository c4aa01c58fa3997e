"""Whom a model serves that it was not trained with, found by asking it: the table of models/serves.csv.

    python docs/served_facts.py

writes the table. Each model is built on a small synthetic graph, with its default arguments, untrained, and
asked about new users by :meth:`Served.recommend_for` and about new items by :meth:`Served.add_items`.
"""

from __future__ import annotations

import csv
import io
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


def table() -> str:
    """All rows as CSV."""
    data, out = named_graph(), io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(serves(name, data) for name in model_names())
    return out.getvalue()


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
