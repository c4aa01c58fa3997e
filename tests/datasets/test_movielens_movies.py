from pathlib import Path

import numpy as np
import pytest

from pygmmrec.datasets.movielens_movies import GENRES, Movies, read_dat, read_item


def item(number: int, title: str, *genres: str) -> str:
    flags = "|".join(str(int(genre in genres)) for genre in GENRES)
    return f"{number}|{title}|01-Jan-1995||http://us.imdb.com/M/title-exact?{number}|{flags}"


def of(movies: Movies, names: tuple[str, ...]) -> list[set[str]]:
    return [{names[genre] for genre in np.flatnonzero(row)} for row in movies.genre]


def test_the_smaller_set(tmp_path: Path) -> None:
    lines = [item(7, "Toy Story (1995)", "Comedy", "Western"), item(3, 'Misérables, "Les" (1995)', "unknown")]
    (tmp_path / "u.item").write_bytes("\n".join(lines).encode("latin-1") + b"\n")
    movies = read_item(tmp_path / "u.item")
    assert movies.id.tolist() == [7, 3]
    assert movies.title == ["Toy Story (1995)", 'Misérables, "Les" (1995)']
    assert movies.genre.dtype == np.float32
    assert of(movies, GENRES) == [{"Comedy", "Western"}, {"unknown"}]


def test_the_larger_set(tmp_path: Path) -> None:
    lines = ['7::"Great" Cats: x (1998)::Children\'s|Musical', "3::Misérables, Les (1995)::Drama"]
    (tmp_path / "movies.dat").write_bytes("\n".join(lines).encode("latin-1") + b"\n")
    movies = read_dat(tmp_path / "movies.dat")
    assert movies.id.tolist() == [7, 3]
    assert movies.title == ['"Great" Cats: x (1998)', "Misérables, Les (1995)"]
    assert of(movies, GENRES[1:]) == [{"Children's", "Musical"}, {"Drama"}]


def test_damaged_files_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "movies.dat"
    path.write_text("7::Cats::Opera|Drama\n")
    with pytest.raises(ValueError, match=r"a file of the genres .* \(got \"\['Opera'\] in .*movies.dat"):
        read_dat(path)
    for content in ("7::Cats\n", "seven::Cats::Drama\n"):
        path.write_text(content)
        with pytest.raises(ValueError, match=r"the publisher's file in 'MovieLens' .*movies.dat"):
            read_dat(path)
    path.write_text(item(1, "Cats", "Drama")[:-1] + "5")
    with pytest.raises(ValueError, match="a file of genres 0 or 1"):
        read_item(path)
