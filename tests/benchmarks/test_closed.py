"""The table of closed forms is made of their results, and the large graph is what it says."""

import csv
import importlib.util
from pathlib import Path
from types import ModuleType

import torch

from pygmmrec.training import FitResult
from pygmmrec.typing import INTERACTS

FOLDER = Path(__file__).parents[2] / "benchmarks"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"closed_{name}", FOLDER / "closed" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_results_say() -> None:
    main = script("main")
    folder = FOLDER / "results" / "closed"
    with (folder / "tiktok.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    results = [FitResult.load(folder / "tiktok" / row["Model"] / "result.json") for row in rows]
    assert rows == [main.row(result) for result in results]
    recalls = [result.test["recall@20"] for result in results]
    assert recalls == sorted(recalls, reverse=True)
    assert {each.__name__ for each in main.closed_forms("tiktok")} >= {row["Model"] for row in rows}


def test_the_presets_reach_what_was_measured_elsewhere() -> None:
    least = {"RP3Beta": 0.096, "EASE": 0.087, "ItemKNN": 0.088, "UserKNN": 0.084, "IALS": 0.084}
    for name, recall in {**least, "Popularity": 0.0596}.items():
        result = FitResult.load(FOLDER / "results" / "closed" / "tiktok" / name / "result.json")
        assert round(result.test["recall@20"], 4) >= recall, name


def test_degrees_follow_a_power_law() -> None:
    data = script("scale").power_law(2000, 800, 20000)
    user, item = data[INTERACTS].edge_index
    assert 10_000 < user.numel() <= 20_000
    assert len(torch.unique(user * 800 + item)) == user.numel()
    top = item.bincount(minlength=800).sort(descending=True).values
    assert float(top[:80].sum()) > 0.4 * user.numel()  # a tenth of the items
