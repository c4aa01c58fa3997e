"""The lists of all users, part by part, in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor
from tqdm.auto import tqdm

from pygmmrec.serving.export.folder import new_folder, write_about
from pygmmrec.serving.export.readme import readme_of_lists

BLOCK = 4096
"""Users whose lists are in memory at a time; those of a row group."""


def write_lists(
    folder: str | PathLike[str],
    lists: Callable[[Tensor], pa.Table],
    num_users: int,
    told: Mapping[str, Any],
    *,
    users_per_part: int,
    overwrite: bool,
    progress: bool,
) -> Path:
    """Write ``lists/part-00000.parquet`` and so on.

    Args:
        folder: Where to, see :func:`~pygmmrec.serving.export.folder.new_folder`.
        lists: Gives the lists of some users, by their indices [B].
        num_users: How many users there are.
        told: What ``export.json`` says besides.
        users_per_part: Users of a part, at most.
        overwrite: Whether an earlier export may be replaced.
        progress: Whether to show a bar on a terminal.
    """
    rows, names = 0, list[str]()
    with new_folder(folder, overwrite, "export_lists") as temporary:
        (temporary / "lists").mkdir()
        with tqdm(total=num_users, desc="lists", unit="user", disable=None if progress else True) as bar:
            for number, start in enumerate(range(0, num_users, users_per_part)):
                stop = min(start + users_per_part, num_users)
                path = temporary / "lists" / f"part-{number:05d}.parquet"
                of_part, names = _write_part(path, _blocks(lists, range(start, stop), bar))
                rows += of_part
        about = {"format": "lists", **told, "users_per_part": users_per_part, "rows": rows, "columns": names}
        write_about(temporary, about, readme_of_lists(about))
    return Path(folder)


def _write_part(path: Path, blocks: Iterator[pa.Table]) -> tuple[int, list[str]]:
    """Write some blocks; gives the number of rows, and the names of the columns."""
    first = next(blocks)
    rows = 0
    with pq.ParquetWriter(path, first.schema) as writer:
        for table in chain([first], blocks):
            writer.write_table(table)
            rows += table.num_rows
    return rows, first.column_names


def _blocks(lists: Callable[[Tensor], pa.Table], users: range, bar: Any) -> Iterator[pa.Table]:
    """The lists of some users, some at a time."""
    for start in range(users.start, users.stop, BLOCK):
        index = torch.arange(start, min(start + BLOCK, users.stop))
        yield lists(index)
        bar.update(index.numel())
