"""``pygmmrec recommend``: what a trained model recommends."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq

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
    output: str | None = None,
    device: str = "cpu",
) -> None:
    """Print what a trained model recommends to some users, as a table in CSV.

    Args:
        path: Folder of the trained model, the output of pygmmrec train.
        users: Raw ids of the users, as in ada,bob. One with a comma stands in double quotes.
        k: How many items for each.
        exclude: Items of a user that are left out: those of train, of train+val, of all, or null for none.
        output: File to write instead, .csv or .parquet.
        device: auto, cpu, cuda or cuda:1.
    """
    target = None if output is None else Path(output)
    fits = target is None or target.suffix in SUFFIXES
    check(fits, "output", f"a file that ends in {' or '.join(SUFFIXES)}", "pygmmrec recommend", output)
    rec = load(path, device=device)
    table = rec.recommend(as_raw_ids(users, rec.users.ids.ids), k, exclude=exclude)
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
    words = next(csv.reader([given]), [])
    if len(known) == 0 or not isinstance(known[0], int):
        return words
    fits = all(word.removeprefix("-").isdecimal() for word in words)
    check(fits, "users", "integers, as the users of the model are", "pygmmrec recommend", words)
    return [int(word) for word in words]
