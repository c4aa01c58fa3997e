"""A table says the same in whichever format it is kept: random tables through every one give one graph."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from pyarrow import feather
from torch_geometric.data import HeteroData

from pygmmrec.data import build_hetero_data, read_interactions
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID

RECBOLE = {
    "userID": "userID:token",
    "itemID": "itemID:token",
    "rating": "rating:float",
    "timestamp": "timestamp:float",
    "x_label": "x_label:float",
}


def text(suffix: str, **options: Any) -> Callable[[pd.DataFrame, Path], Path]:
    """Writes delimited text."""

    def write(frame: pd.DataFrame, folder: Path) -> Path:
        path = folder / f"table{suffix}"
        frame.to_csv(path, index=False, **options)
        return path

    return write


def double_colon(frame: pd.DataFrame, folder: Path) -> Path:
    """Writes ``::`` between cells."""
    path = folder / "table.dat"
    lines = ["::".join(map(str, row)) for row in [list(frame), *frame.itertuples(index=False)]]
    path.write_text("\n".join(lines))
    return path


def several(frame: pd.DataFrame, folder: Path) -> str:
    """Writes a file of each third of the rows."""
    for place, rows in enumerate(np.array_split(np.arange(len(frame)), 3)):
        frame.iloc[rows].to_csv(folder / f"part-{place}.csv", index=False)
    return str(folder / "part-*.csv")


def parts(frame: pd.DataFrame, folder: Path) -> dict[str, Path]:
    """Writes a file of each part of the split, without a label."""
    paths = {}
    for label, name in enumerate(("train", "valid", "test")):
        paths[name] = folder / f"{name}.csv"
        frame[frame["x_label"] == label].drop(columns="x_label").to_csv(paths[name], index=False)
    return paths


def saved(method: str, suffix: str, **options: Any) -> Callable[[pd.DataFrame, Path], Path]:
    """Writes by a method of pandas."""

    def write(frame: pd.DataFrame, folder: Path) -> Path:
        path = folder / f"table{suffix}"
        getattr(frame, method)(path, **options)
        return path

    return write


def as_feather(frame: pd.DataFrame, folder: Path) -> Path:
    """Writes Feather, with its own packing."""
    feather.write_feather(pa.Table.from_pandas(frame, preserve_index=False), folder / "table.feather")
    return folder / "table.feather"


FORMATS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "csv": text(".csv"),
    "tsv": text(".tsv", sep="\t"),
    "semicolons": text(".csv", sep=";"),
    "bars": text(".txt", sep="|"),
    "windows": text(".csv", lineterminator="\r\n"),
    "quotes": text(".csv", quoting=1),
    "gzip": text(".csv.gz"),
    "bzip2": text(".inter.bz2", sep="\t"),
    "double colon": double_colon,
    "recbole": lambda frame, folder: text(".inter", sep="\t")(frame.rename(columns=RECBOLE), folder),
    "several files": several,
    "a file for each part": parts,
    "parquet": saved("to_parquet", ".parquet", index=False),
    "feather": as_feather,
    "json lines": saved("to_json", ".jsonl", orient="records", lines=True),
    "pandas": lambda frame, folder: frame,
    "polars": lambda frame, folder: pl.from_pandas(frame),
    "pyarrow": lambda frame, folder: pa.Table.from_pandas(frame, preserve_index=False),
    "columns": lambda frame, folder: {name: frame[name].tolist() for name in frame},
}


def draw(seed: int) -> pd.DataFrame:
    """A table of random ids (numbers, or words with what formats make hard), ratings, times and labels."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(12, 60))
    users: Any = rng.integers(-3, 10 ** rng.integers(1, 12), size=size)
    items: Any = rng.integers(20, size=size)
    if seed % 2:
        words = ["007", "a b", "é", "x" * 30, "1e3", "it's", "0", "-1", "true"]
        items = rng.choice([f"{word}{n}" for word in words for n in ("", "2")], size=size)
    label = np.concatenate([[0, 1, 2], rng.integers(3, size=size - 3)])
    return pd.DataFrame(
        {
            "userID": users,
            "itemID": items,
            "rating": rng.integers(1, 11, size=size) / 2,
            "timestamp": rng.integers(10**9, 2 * 10**9, size=size),
            "x_label": label,
        }
    )


def told(data: HeteroData) -> dict[str, Any]:
    """All that a graph says, for comparison."""
    edges = data[INTERACTS]
    tensors = {
        "edges": edges.edge_index,
        "back": data[REV_INTERACTS].edge_index,
        "valid": edges[VALID],
        "test": edges[TEST],
        "rating": edges.rating,
        "timestamp": edges.timestamp,
    }
    found = {name: value.tolist() for name, value in tensors.items()}
    return {**found, "users": list(data["user"].raw_id.ids), "items": list(data["item"].raw_id.ids)}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", FORMATS)
def test_one_table_in_every_format(tmp_path: Path, name: str, seed: int) -> None:
    frame = draw(seed)
    expected = told(build_hetero_data(frame))
    assert told(build_hetero_data(FORMATS[name](frame, tmp_path))) == expected


@pytest.mark.parametrize("seed", range(4))
def test_a_matrix_is_its_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense = torch.from_numpy(rng.integers(3, size=(7, 5))).float()
    user, item = dense.nonzero().T.numpy()
    table = read_interactions(dense.to_sparse())
    assert table.user.tolist() == user.tolist()
    assert table.item.tolist() == item.tolist()
    assert table.rating.tolist() == dense[user, item].tolist()


@pytest.mark.parametrize(
    "name", ["parquet", "feather", "json lines", "pandas", "polars", "pyarrow", "columns"]
)
def test_formats_that_know_types_keep_texts(tmp_path: Path, name: str) -> None:
    """Only text files, which know none, say integers by their digits."""
    frame = pd.DataFrame({"userID": ["1", "2", "2"], "itemID": ["7", "8", "7"]})
    data = build_hetero_data(FORMATS[name](frame, tmp_path))
    assert data["user"].raw_id.ids == ("1", "2")
    assert data["item"].raw_id.ids == ("7", "8")
    assert build_hetero_data(FORMATS["csv"](frame, tmp_path))["item"].raw_id.ids == (7, 8)
