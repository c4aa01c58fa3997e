"""Training from raw tables, by the command line."""

import csv
import random
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.cli.main import main
from pygmmrec.cli.raw import read_raw
from pygmmrec.serving import load


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    """Plays under names of their own, and artists with names."""
    draw = random.Random(0)
    rows = [(f"u{u}", f"a{a}", draw.randint(1, 9)) for u in range(30) for a in draw.sample(range(20), 8)]
    plays, artists = tmp_path / "plays.csv", tmp_path / "artists.csv"
    for path, head, body in (
        (plays, ("listener", "artist", "plays"), rows),
        (artists, ("id", "name"), [(f"a{a}", f"Artist {a}") for a in range(20)]),
    ):
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([head, *body])
    return plays, artists


COLUMNS = ["--columns.user=listener", "--columns.item=artist", "--columns.rating=plays"]


def test_tables_to_a_bundle_with_names(tables: Any, tmp_path: Path, capsys: Any) -> None:
    plays, artists = tables
    raw = [f"--data={plays}", f"--items={artists}", *COLUMNS, "--min-rating=2", "--k-core=2"]
    main(["train", *raw, "--model", "LightGCN", f"--output={tmp_path / 'run'}", "--epochs=1", "--device=cpu"])
    assert "LightGCN on plays" in capsys.readouterr().out
    rec = load(tmp_path / "run")
    table = rec.recommend("u3", 2)
    assert table["title"].to_pylist() == [f"Artist {item[1:]}" for item in table["item"].to_pylist()]


def test_what_is_refused(tables: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"'data' needs to be a table where \['text'\] are given"):
        main(["train", "CRANE", "--text=name"])
    with pytest.raises(ValueError, match=r"'columns' needs to be of .*'item'.*got \['listener'\]"):
        read_raw(str(tables[0]), {"columns": {"listener": "user"}}, {}, tmp_path, "cpu")
    assert read_raw(None, {"text": None}, {}, tmp_path, "cpu") is None
