"""``pygmmrec export``: what a trained model knows, as files."""

from __future__ import annotations

import sys

from pygmmrec.cli.choices import as_filter, read_candidates
from pygmmrec.serving import load
from pygmmrec.serving.export.export import Format
from pygmmrec.serving.export.vectors import Precision
from pygmmrec.serving.seen import Exclude
from pygmmrec.utils.check import check


def export_model(
    path: str,
    output: str,
    format: Format = "parquet",
    dtype: Precision = "float32",
    lists: int | None = None,
    exclude: Exclude | None = "train",
    filter: list[str] | None = None,
    candidates: str | None = None,
    users_per_part: int = 100_000,
    overwrite: bool = False,
    device: str = "cpu",
) -> None:
    """Write the vectors of all users and items, or the lists of all users. A README says how to read them.

    Args:
        path: Folder of the trained model, the output of pygmmrec train.
        output: A new folder.
        format: Of the vectors: parquet, numpy or safetensors, or faiss for an index of the items.
        dtype: Of the vectors: float32, or float16 for half the size.
        lists: Instead of vectors, so many best items of every user, as Parquet parts.
        exclude: Items of a user that are left out of lists: those of train, of train+val, of all, or null.
        filter: What an item of the lists has to have, as in --filter genre=jazz; see pygmmrec recommend.
        candidates: File of the only items that lists are made of, likewise.
        users_per_part: Users of a part, at most.
        overwrite: Whether an earlier export in output may be replaced.
        device: auto, cpu, cuda or cuda:1.
    """
    given = [name for name, value in {"filter": filter, "candidates": candidates}.items() if value]
    fits = lists is not None or not given
    remedy = "Say how long they are to be, as in --lists 10"
    check(fits, "lists", f"given where {' and '.join(given)} are", "pygmmrec export", lists, remedy)
    rec = load(path, device=device)
    if lists is None:
        folder = rec.export(output, format, dtype=dtype, overwrite=overwrite)
    else:
        folder = rec.export_lists(
            output,
            lists,
            exclude=exclude,
            candidates=read_candidates(candidates, rec.items.ids.ids),
            filter=as_filter(filter, rec.items.info),
            users_per_part=users_per_part,
            overwrite=overwrite,
        )
    sys.stdout.write(f"{folder / 'README.md'} says how to read it\n")
