"""``pygmmrec recommend``: what a trained model recommends."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq

from pygmmrec.cli.choices import as_filter, read_candidates, typed_ids
from pygmmrec.serving import load
from pygmmrec.serving.seen import Exclude
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing

SUFFIXES = (".csv", ".parquet")


def recommend_items(
    path: str,
    users: str,
    k: int = 10,
    exclude: Exclude | None = "train",
    filter: list[str] | None = None,
    candidates: str | None = None,
    output: str | None = None,
    device: str = "cpu",
) -> None:
    """Print what a trained model recommends to some users, as a table in CSV.

    Args:
        path: Folder of the trained model, the output of pygmmrec train.
        users: Raw ids of the users, as in ada,bob. One with a comma stands in double quotes.
        k: How many items for each.
        exclude: Items of a user that are left out: those of train, of train+val, of all, or null for none.
        filter: What an item has to have, as in --filter genre=jazz --filter in_stock=true: a column of the
            table of items that the model was trained with, and a value. Values of one column are a choice.
        candidates: File of the only items to choose from: a text with a raw id a line, or a table with a
            column id or item.
        output: File to write instead, .csv or .parquet.
        device: auto, cpu, cuda or cuda:1.
    """
    target = None if output is None else Path(output)
    fits = target is None or target.suffix in SUFFIXES
    check(fits, "output", f"a file that ends in {' or '.join(SUFFIXES)}", "pygmmrec recommend", output)
    rec = load(path, device=device)
    table = rec.recommend(
        as_raw_ids(users, rec.users.ids.ids),
        k,
        exclude=exclude,
        candidates=read_candidates(candidates, rec.items.ids.ids),
        filter=as_filter(filter, rec.items.info),
    )
    if target is None:
        sink = pyarrow.BufferOutputStream()
        pyarrow.csv.write_csv(table, sink)
        sys.stdout.write(sink.getvalue().to_pybytes().decode())
        return
    with replacing(target) as temporary:
        if target.suffix == ".csv":
            pyarrow.csv.write_csv(table, temporary)
        else:
            pq.write_table(table, temporary)


def as_raw_ids(given: str, known: Sequence[Any]) -> list[Any]:
    """Raw ids between commas, which are integers where those of the model are.

    Raises:
        ValueError: If one is no integer where all of the model are.
    """
    return typed_ids(next(csv.reader([given]), []), known, "users")
