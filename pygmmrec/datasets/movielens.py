"""The MovieLens data sets of 100,000 and a million ratings, from a folder of one's own."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch_geometric.data import HeteroData, InMemoryDataset

from pygmmrec.data import Features, IdMap, Interactions, NodeInfo, Positives, build_hetero_data
from pygmmrec.data.splits.named_splits import SplitName, as_split
from pygmmrec.data.splits.split import Split
from pygmmrec.data.values.column import few
from pygmmrec.datasets.cache import cached, digest
from pygmmrec.datasets.movielens_movies import Movies, read_dat, read_item
from pygmmrec.utils.check import check


class Version(NamedTuple):
    """The files of a set, and what is published of them."""

    ratings: str
    movies: str
    delimiter: str
    read: Callable[[Path], Movies]
    counts: dict[str, int]


VERSIONS = {
    "ml-100k": Version(
        "u.data", "u.item", "\t", read_item, {"users": 943, "movies": 1682, "ratings": 100_000}
    ),
    "ml-1m": Version(
        "ratings.dat", "movies.dat", "::", read_dat, {"users": 6040, "movies": 3706, "ratings": 1_000_209}
    ),
}
"""Name of a set, as its publisher calls the folder -> its files and counts, of movies that were rated."""


class MovieLens(InMemoryDataset):
    """Who rated which movie, with the movies' genres and titles.

    From `GroupLens <https://grouplens.org/datasets/movielens/>`_; cite `"The MovieLens Datasets: History and
    Context" <https://doi.org/10.1145/2827872>`_ (Harper, Konstan). The files may not be passed on: download
    ``ml-100k.zip`` or ``ml-1m.zip`` there and unpack it.

    =======  =====  ======  =========  =====
    name     users  movies  ratings    genre
    =======  =====  ======  =========  =====
    ml-100k  943    1,682   100,000    19
    ml-1m    6,040  3,706   1,000,209  18
    =======  =====  ======  =========  =====

    Items are the movies that somebody rated; their raw ids are the publisher's. The modality ``genre`` has a
    one for each genre of a movie, in the order of :data:`~pygmmrec.datasets.movielens_movies.GENRES`.
    ``data['item'].info['title']`` has the titles. Ratings are from 1 to 5; each counts as an interaction
    unless ``positives`` says otherwise, as ``Positives(min_rating=4)`` does.

    Args:
        root: The folder that holds ``u.data`` and ``u.item``, or ``ratings.dat`` and ``movies.dat``.
        name: ``ml-100k`` or ``ml-1m`` (default: whichever files are there).
        split: A split or the name of one, see :func:`~pygmmrec.data.build_hetero_data` (default: 8:1:1 per
            user).
        positives: Which ratings count, see :class:`~pygmmrec.data.Positives` (default: all).
        cache_dir: Where to keep the data as built, see :class:`InteractionFolder` (default: nowhere).
        transform: Applied on each access.
        pre_transform: Applied once.
        force_reload: Build anew, whatever the cache holds.

    Raises:
        ValueError: If a file is missing or damaged, or the counts are not those above.
    """

    source = "Download ml-100k.zip or ml-1m.zip from grouplens.org/datasets/movielens and unpack it."
    """What belongs into the folder and where to get it."""

    def __init__(
        self,
        root: str | PathLike[str],
        *,
        name: str | None = None,
        split: Split | SplitName | None = None,
        positives: Positives | None = None,
        cache_dir: str | PathLike[str] | None = None,
        transform: Callable[..., Any] | None = None,
        pre_transform: Callable[..., Any] | None = None,
        force_reload: bool = False,
    ) -> None:
        super().__init__(fspath(root), transform, pre_transform, force_reload=force_reload)
        self.name = self._find_version(name)
        self.split, self.positives = as_split(split, self), positives
        files = [Path(self.root) / file for file in VERSIONS[self.name][:2]]
        key = None
        if cache_dir is not None:
            key = digest(type(self).__qualname__, (self.name, self.split, positives, pre_transform), files)
        self.data = cached(lambda: self._build(*files), cache_dir, self.name, key, force_reload)
        self.slices = None

    def _build(self, ratings: Path, movies: Path) -> HeteroData:
        version = VERSIONS[self.name]
        table = Interactions.from_file(ratings, delimiter=version.delimiter, header=False)
        rated = np.unique(table.item)
        found = {"users": len(np.unique(table.user)), "movies": len(rated), "ratings": len(table)}
        differ = {key: found[key] for key, count in version.counts.items() if found[key] != count}
        check(not differ, "root", f"{self.name} with {version.counts}", self, differ, self.source)
        known = version.read(movies)
        row = IdMap(known.id).find(rated)
        missing = few(rated[row < 0].tolist())
        check(not missing, "root", f"a folder whose {movies.name} has all rated movies", self, missing)
        genre = Features(known.genre[row], rated)
        data = build_hetero_data(table, {"genre": genre}, split=self.split, positives=self.positives)
        titles = {"id": known.id, "title": known.title}
        data["item"].info = NodeInfo.from_table(titles, data["item"].raw_id, id_column="id")
        return data if self.pre_transform is None else self.pre_transform(data)

    def _find_version(self, name: str | None) -> str:
        root = Path(self.root)
        check(root.is_dir(), "root", "an existing folder", self, self.root, self.source)
        check(name is None or name in VERSIONS, "name", f"one of {list(VERSIONS)}", self, name)
        wanted = list(VERSIONS) if name is None else [name]
        there = [key for key in wanted if all((root / file).is_file() for file in VERSIONS[key][:2])]
        files = " or ".join(" and ".join(VERSIONS[key][:2]) for key in wanted)
        held = sorted(path.name for path in root.iterdir())[:10]
        check(len(there) == 1, "root", f"a folder with {files}", self, held, self.source)
        return there[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, split={self.split}, positives={self.positives})"
