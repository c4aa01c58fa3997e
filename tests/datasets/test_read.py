"""From raw tables, texts and images to a graph."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import pygmmrec as pg
from pygmmrec.data import Columns, NodeInfo, Positives, summarize
from pygmmrec.datasets import read
from pygmmrec.datasets.read import text_template
from pygmmrec.encoders import FunctionEncoder
from pygmmrec.typing import available_key

PLAYS = Columns("user", "artist", "plays")


def letters(batch: list[str]) -> np.ndarray:
    """Encodes a text by its letters."""
    counts = [[text.count(letter) for letter in "abcdefgh:"] for text in batch]
    return np.array(counts, dtype=np.float32)


def brightness(batch: list[Path]) -> np.ndarray:
    """Encodes a file by its bytes; one that is not there is missing."""
    rows = [[path.stat().st_size, 1.0] if path is not None else [np.nan, np.nan] for path in batch]
    return np.array(rows, dtype=np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tables = {
        "plays.csv": [
            ["user", "artist", "plays"],
            *([f"u{n % 4}", 10 * (n % 3 + 1), n + 1] for n in range(12)),
        ],
        "artists.csv": [
            ["id", "name", "tags", "cover"],
            [20, "bee", "a,b", "covers/x.png"],
            [10, "ace", "", ""],
            [30, "", "", "covers/30.png"],
            [99, "zed", "z", ""],
        ],
        "users.csv": [["id", "age"], *([f"u{n}", 20 + n] for n in range(4))],
    }
    for name, rows in tables.items():
        with open(tmp_path / name, "w", newline="") as file:
            csv.writer(file).writerows(rows)
    (tmp_path / "covers").mkdir()
    (tmp_path / "covers" / "x.png").write_bytes(b"12345")
    (tmp_path / "covers" / "30.png").write_bytes(b"123")
    return tmp_path


def test_tables_and_texts(folder: Path) -> None:
    data = pg.read(
        folder / "plays.csv",
        columns=PLAYS,
        items=folder / "artists.csv",
        users=folder / "users.csv",
        text=["name", "tags"],
        text_model=letters,
    )
    assert data["item"].raw_id.ids == (10, 20, 30)
    assert data["item"].info.title == ["ace", "bee", ""]
    assert data["user"].info["age"] == [20, 21, 22, 23]
    expected = letters(["ace: ", "bee: a,b", ""])
    assert data["item"].text.tolist() == expected.tolist()
    assert data["item"][available_key("text")].tolist() == [True, True, False]
    assert summarize(data).modalities["text"].missing == 1
    with pytest.raises(ValueError, match="with a row for each item"):
        read(
            folder / "plays.csv",
            columns=PLAYS,
            items=folder / "artists.csv",
            text="name",
            text_model=letters,
            missing="error",
        )


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("tags", ["", "a,b", ""]),
        ("{tags} of {name}", [" of ace", "a,b of bee", ""]),
        (["name"], ["ace", "bee", ""]),
    ],
)
def test_which_text(folder: Path, text: str | list[str], seen: list[str]) -> None:
    artists = pd.read_csv(folder / "artists.csv", keep_default_na=False)
    data = read(folder / "plays.csv", columns=PLAYS, items=artists, text=text, text_model=letters)
    assert data["item"].text.tolist() == letters(seen).tolist()


@pytest.mark.parametrize("images", ["cover", "covers"])
def test_images_by_column_and_by_id(folder: Path, images: str) -> None:
    given = images if images == "cover" else folder / images
    data = read(
        folder / "plays.csv",
        columns=PLAYS,
        items=folder / "artists.csv",
        images=given,
        image_model=FunctionEncoder(brightness),
    )
    sizes = [0, 5, 3] if images == "cover" else [0, 0, 3]
    assert data["item"].image[:, 0].tolist() == sizes
    assert data["item"][available_key("image")].tolist() == [size > 0 for size in sizes]


def test_encoded_features_are_kept_and_say_where_they_come_from(folder: Path) -> None:
    calls = []

    def counted(batch: list[str]) -> np.ndarray:
        calls.append(len(batch))
        return letters(batch)

    model = FunctionEncoder(counted, template="{name}{tags}", revision="1")
    graphs = [
        read(
            folder / "plays.csv",
            columns=PLAYS,
            items=folder / "artists.csv",
            text=["name", "tags"],
            text_model=model,
            cache_dir=folder / "cache",
        )
        for _ in range(2)
    ]
    assert torch.equal(graphs[0]["item"].text, graphs[1]["item"].text)
    assert calls == [2]
    made_by = summarize(graphs[1]).modalities["text"].made_by
    assert (made_by["settings"], made_by["num_missing"]) == ({"template": "{name}{tags}"}, 1)
    with pytest.raises(ValueError, match="overwrite"):
        read(
            folder / "plays.csv",
            columns=PLAYS,
            items=folder / "artists.csv",
            text="tags",
            text_model=letters,
            cache_dir=folder / "cache",
        )


def test_what_counts_and_how_it_is_split(folder: Path) -> None:
    data = read(folder / "plays.csv", columns=PLAYS, positives=Positives(min_rating=3), split="ratio")
    assert summarize(data).dropped[0].rows == 2
    assert "info" not in data["item"]


def test_refused(folder: Path) -> None:
    plays, artists = folder / "plays.csv", folder / "artists.csv"
    with pytest.raises(ValueError, match=r"items='artists.csv'"):
        read(plays, columns=PLAYS, text="tags")
    with pytest.raises(ValueError, match=r"'text' needs to be columns of 'items'.*genre"):
        read(plays, columns=PLAYS, items=artists, text="genre")
    with pytest.raises(ValueError, match=r"'images' needs to be a folder, or one of the columns"):
        read(plays, columns=PLAYS, items=artists, images="nowhere")
    with pytest.raises(ValueError, match="called by the items' ids"):
        read(plays, columns=PLAYS, items=artists, images=folder)
    (folder / "covers" / "x.jpg").write_bytes(b"1")
    with pytest.raises(ValueError, match="one file of each id"):
        read(plays, columns=PLAYS, items=artists, images=folder / "covers")


def test_text_template() -> None:
    info = NodeInfo({"name": ["x"], "tags": ["y"]})
    assert text_template("{name}", info) == "{name}"
    assert text_template("name", info) is None
    assert text_template(["name", "tags"], info) == "{name}: {tags}"
    with pytest.raises(ValueError, match=r"'text' needs to be columns"):
        text_template([], info)
