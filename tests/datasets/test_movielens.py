"""MovieLens from a folder of its publisher's files."""

from pathlib import Path

import pytest
import torch

from pygmmrec.data import IdMap, Positives, validate_hetero_data
from pygmmrec.datasets import MovieLens
from pygmmrec.datasets.movielens import VERSIONS, Version
from pygmmrec.datasets.movielens_movies import GENRES
from pygmmrec.typing import INTERACTS, TEST, VALID

RATED = (5, 9, 2, 30)


def write(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six users who rate four movies from 1 to 5; a fifth movie is listed and nobody rated it."""
    version: Version = VERSIONS[name]
    rows = [
        version.delimiter.join(map(str, (user, movie, 1 + (user + place) % 5, 8_800_000 + 7 * user + place)))
        for user in range(1, 7)
        for place, movie in enumerate(RATED)
    ]
    (folder / version.ratings).write_text("\n".join(rows) + "\n")
    titles = {number: f"Movie {number} (1995)" for number in (2, 5, 9, 17, 30)}
    if name == "ml-1m":
        lines = [f"{number}::{title}::Drama|War" for number, title in titles.items()]
    else:
        flags = "|".join(str(int(genre in ("Drama", "War"))) for genre in GENRES)
        lines = [f"{number}|{title}|01-Jan-1995||address|{flags}" for number, title in titles.items()]
    (folder / version.movies).write_text("\n".join(lines) + "\n", encoding="latin-1")
    counts = {"users": 6, "movies": 4, "ratings": 24}
    monkeypatch.setitem(VERSIONS, name, version._replace(counts=counts))
    return folder


@pytest.mark.parametrize(("name", "num_genres"), [("ml-100k", 19), ("ml-1m", 18)])
def test_ratings_genres_and_titles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, num_genres: int
) -> None:
    dataset = MovieLens(write(tmp_path, name, monkeypatch), split="leave-one-out")
    data = dataset[0]
    validate_hetero_data(data)
    assert data["user"].raw_id == IdMap(range(1, 7))
    assert data["item"].raw_id == IdMap(sorted(RATED))
    assert data["item"].genre.shape == (4, num_genres)
    assert data["item"].genre.sum(dim=1).tolist() == [2.0] * 4
    assert data["item"].info["title"] == [f"Movie {number} (1995)" for number in sorted(RATED)]
    assert [data[INTERACTS][part].size(1) for part in ("edge_index", VALID, TEST)] == [12, 6, 6]
    assert data[INTERACTS].rating.dtype == torch.float32
    assert data[INTERACTS][TEST][1].tolist() == [3] * 6  # the last one that each user rated is movie 30
    assert repr(dataset) == f"MovieLens('{name}', split=LeaveOneOut(seed=None), positives=None)"


def test_ratings_may_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path, "ml-100k", monkeypatch)
    data = MovieLens(folder, positives=Positives(min_rating=4))[0]
    assert data[INTERACTS].rating.min() >= 4
    assert data["item"].num_nodes == 4
    cored = MovieLens(folder, positives=Positives(min_rating=4, k_core=(1, 3)))[0]
    assert cored["item"].num_nodes == len(cored["item"].info["title"]) < 4


def test_the_second_time_is_read_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = write(tmp_path, "ml-1m", monkeypatch), tmp_path / "cache"
    first = MovieLens(folder, cache_dir=cache)[0]
    monkeypatch.setattr(MovieLens, "_build", None)
    second = MovieLens(folder, cache_dir=cache)[0]
    assert torch.equal(first["item"].genre, second["item"].genre)
    assert second["item"].info == first["item"].info
    assert [path.name.startswith("ml-1m-") for path in cache.iterdir()] == [True]
    monkeypatch.undo()
    write(tmp_path, "ml-1m", monkeypatch)
    MovieLens(folder, cache_dir=cache, positives=Positives(min_rating=2))
    MovieLens(folder, cache_dir=cache, split="leave-one-out")
    assert len(list(cache.iterdir())) == 3


def test_what_is_missing_says_what_to_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remedy = r"Download ml-100k.zip or ml-1m.zip from grouplens.org/datasets/movielens"
    with pytest.raises(ValueError, match=rf"'root' needs to be an existing folder in 'MovieLens' .*{remedy}"):
        MovieLens(tmp_path / "none")
    with pytest.raises(ValueError, match=rf"u.data and u.item or ratings.dat and .*\[\].*{remedy}"):
        MovieLens(tmp_path)
    folder = write(tmp_path, "ml-100k", monkeypatch)
    with pytest.raises(ValueError, match=rf"a folder with ratings.dat and movies.dat .*'u.data'.*{remedy}"):
        MovieLens(folder, name="ml-1m")
    with pytest.raises(ValueError, match=r"'name' needs to be one of \['ml-100k', 'ml-1m'\]"):
        MovieLens(folder, name="ml-20m")


@pytest.mark.parametrize("count", ["users", "movies", "ratings"])
def test_other_counts_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: str) -> None:
    folder = write(tmp_path, "ml-1m", monkeypatch)
    version = VERSIONS["ml-1m"]
    monkeypatch.setitem(VERSIONS, "ml-1m", version._replace(counts=version.counts | {count: 7}))
    with pytest.raises(
        ValueError, match=rf"ml-1m with .* in 'MovieLens' \(got \{{'{count}': .*grouplens.org"
    ):
        MovieLens(folder)


def test_a_rated_movie_that_is_not_listed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path, "ml-1m", monkeypatch)
    lines = (folder / "movies.dat").read_text().splitlines()
    (folder / "movies.dat").write_text("\n".join(lines[1:]))
    with pytest.raises(ValueError, match=r"a folder whose movies.dat has all rated movies .*\[2\]"):
        MovieLens(folder)
