"""The benchmark of reading and building: pandas does the same work."""

import csv
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from pygmmrec.data import build_hetero_data
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID

FOLDER = Path(__file__).parents[2] / "benchmarks" / "tables"


def test_a_report(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "main.py"), "--rows", "3000", "--rounds", "3", "--formats", "csv"]
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "a.json")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    (row,) = json.loads((tmp_path / "a.json").read_text())["rows"]
    assert (row["format"], row["rows"]) == ("csv", 3000)
    assert min(row[f"{name}_seconds"] for name in ("pandas_read", "read", "pandas_build", "build")) > 0
    assert min(row["build_bytes_per_row"], row["pandas_build_bytes_per_row"]) >= 0
    (shown,) = csv.DictReader((tmp_path / "a.csv").open())
    assert (shown["rows"], shown["format"]) == ("3000", "csv")


def test_pandas_does_the_same_work() -> None:
    spec = importlib.util.spec_from_file_location("same_work", FOLDER / "same_work.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({name: rng.integers(30, size=600) for name in ("userID", "itemID", "timestamp")})
    frame["rating"] = rng.integers(1, 6, size=600).astype(float)
    found, data = module.build_ref(frame), build_hetero_data(frame)
    ours = {
        "train": data[INTERACTS].edge_index,
        "valid": data[INTERACTS][VALID],
        "test": data[INTERACTS][TEST],
    }
    assert {name: part.size(1) for name, part in ours.items()} == {name: found[name].size(1) for name in ours}
    parts = [
        {name: set(zip(*edges.tolist(), strict=True)) for name, edges in each.items() if name in ours}
        for each in (ours, found)
    ]
    assert set.union(*parts[0].values()) == set.union(*parts[1].values())
    assert len(found["rating"]) == len(found["back rating"]) == data[REV_INTERACTS].edge_index.size(1)
    time = frame.groupby(["userID", "itemID"])["timestamp"].min()
    carried = zip(*found["train"].tolist(), found["timestamp"].tolist(), strict=True)
    assert all(time[user, item] == stamp for user, item, stamp in carried)
