"""Movies of MovieLens: ids, titles and genres, from the files of either set."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pygmmrec.utils.check import check

GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama",
    "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""In the publisher's order; the larger set has no ``unknown``."""

UNIT = "\x1f"
"""Stands for ``::`` while pyarrow reads, which knows delimiters of one character."""


class Movies(NamedTuple):
    """Movies [N]: ids, titles, and genres [N, G], one where a movie is of it."""

    id: np.ndarray
    title: list[str]
    genre: np.ndarray


def read_item(path: Path) -> Movies:
    """Movies of ``u.item``: id, title, two dates and an address, and a column of 0 or 1 for each genre.

    Raises:
        ValueError: If the file is damaged.
    """
    table = _read(path, b"|", "|", 5 + len(GENRES))
    flags = [_integers(table, column, path) for column in range(5, 5 + len(GENRES))]
    genre = np.stack(flags, axis=1)  # [N, G]
    check(bool(np.isin(genre, (0, 1)).all()), "path", "a file of genres 0 or 1", "MovieLens", str(path))
    return Movies(_integers(table, 0, path), table.column(1).to_pylist(), genre.astype(np.float32))


def read_dat(path: Path) -> Movies:
    """Movies of ``movies.dat``: id, title, and genres with ``|`` between them.

    Raises:
        ValueError: If the file is damaged, or has a genre that is none of the publisher's.
    """
    table = _read(path, b"::", UNIT, 3)
    lists = pc.split_pattern(table.column(2).combine_chunks(), "|")
    code = pc.index_in(lists.flatten(), pa.array(GENRES[1:]))
    unknown = pc.unique(lists.flatten().filter(pc.is_null(code))).to_pylist()
    check(not unknown, "path", f"a file of the genres {GENRES[1:]}", "MovieLens", f"{unknown} in {path}")
    genre = np.zeros((table.num_rows, len(GENRES) - 1), dtype=np.float32)
    genre[pc.list_parent_indices(lists).to_numpy(), code.to_numpy()] = 1.0
    return Movies(_integers(table, 0, path), table.column(1).to_pylist(), genre)


def _read(path: Path, delimiter: bytes, unit: str, num_columns: int) -> pa.Table:
    """All cells as texts, to the letter; titles hold quotes and accents of Latin-1."""
    content = path.read_bytes().replace(delimiter, unit.encode())
    names = [str(column) for column in range(num_columns)]
    try:
        return csv.read_csv(
            pa.BufferReader(content),
            csv.ReadOptions(column_names=names, encoding="latin-1"),
            csv.ParseOptions(delimiter=unit, quote_char=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise _damaged(path, error) from error


def _integers(table: pa.Table, column: int, path: Path) -> np.ndarray:
    try:
        return np.asarray(table.column(column).cast(pa.int64()).to_numpy())
    except pa.ArrowInvalid as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ValueError:
    return ValueError(f"'path' needs to be the publisher's file in 'MovieLens' (got {str(path)!r}: {error})")
