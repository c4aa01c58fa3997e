"""What several processes divide of each model, as the code says it: a table of the page on them."""

from __future__ import annotations

import csv
import io

from model_facts import model_names, toy_graph

from pygmmrec import models
from pygmmrec.models import Recommender
from pygmmrec.parallel.tables import divided_names

HEADER = ("Model", "Divided by columns", "Whole in every process", "Divided share of the weights")
SIZE = 2
"""Processes; of another number, the columns of all divided weights have to be a multiple."""


def divided_row(model: Recommender) -> tuple[str, str, str, str]:
    """A model's name, weights that are divided, others, and the share of all numbers that is divided.

    The share is that of a small graph, and grows with the number of users and items.
    """
    weights = {name: weight.numel() for name, weight in model.named_parameters()}
    divided = divided_names(model, SIZE)
    others = sorted({name.partition(".")[0] for name in weights if name not in divided})
    total = sum(weights.values())
    share = f"{sum(weights[name] for name in divided) / total:.0%}" if total else "no weights"
    return type(model).__name__, _listed(divided), _listed(others), share


def _listed(names: list[str]) -> str:
    return ", ".join(f"``{name}``" for name in names) or "nothing"


def divided_table() -> str:
    """The rows of all models, as CSV."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(HEADER)
    data = toy_graph()
    rows.writerows(divided_row(getattr(models, name).from_data(data)) for name in model_names())
    return out.getvalue()
