"""The benchmark of backends: what is switched off is not used, and a report with its table."""

import csv
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from pygmmrec.kernels.ranking import top_k as ranking
from pygmmrec.kernels.sparse import spmm

FOLDER = Path(__file__).parents[2] / "benchmarks" / "backends"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    """Importer of the benchmark's files."""
    monkeypatch.syspath_prepend(str(FOLDER))

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    return load


def test_what_is_switched_off_is_back_afterwards(load) -> None:
    switches = load("switches")
    names = {name for off in switches.OFF.values() for name in off} | set(switches.KEEP)

    def now() -> dict[str, object]:
        found = {}
        for name in names:
            module, _, attribute = name.rpartition(".")
            found[name] = getattr(importlib.import_module(module), attribute)
        return found

    before = now()
    for backend, off in switches.OFF.items():
        during = switches.without(backend, now)()
        assert {name for name in names if during[name] is not before[name]} == set(off)
        assert now() == before
    x = torch.ones(1, 1)
    assert not switches.without("compiled top-k", lambda: ranking.compiles(x))()
    assert switches.without("compiled products", lambda: spmm._kernel(None, x))() is None


def test_kernels_without_hints_compute_the_same(load) -> None:
    switches = load("switches")
    adj = spmm.as_adj(torch.randint(40, (2, 300)), torch.randn(300), size=(40, 40))
    x, index = torch.randn(40, 24), torch.tensor([3, 39])

    def products() -> tuple[torch.Tensor, ...]:
        return spmm.multiply(adj, x), spmm.spread(adj, x[:2], index)

    for with_them, without in zip(products(), switches.without("prefetch", products)(), strict=True):
        assert torch.equal(with_them, without)


def test_rounds_that_others_disturb_do_not_count(load, monkeypatch) -> None:
    rounds, calls, used = load("rounds"), [], iter(range(100))
    runs = {name: lambda name=name: calls.append(name) for name in "ab"}
    monkeypatch.setattr(rounds, "is_quiet", lambda: True)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    monkeypatch.setattr(rounds, "others", lambda: 0.0)
    times = rounds.in_turn(runs, 4, 60, 60)
    assert calls == ["a", "b"] * 4
    assert {name: len(values) for name, values in times.items()} == {"a": 4, "b": 4}
    assert len(rounds.in_turn(runs, 5, 0, 60)["a"]) == 3
    monkeypatch.setattr(rounds, "others", lambda: float(next(used)))
    assert rounds.in_turn(runs, 5, 60, 0.0) == {"a": [], "b": []}
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert len(rounds.in_turn(runs, 5, 60, 60)["a"]) == 5  # whose clock is the process's own


def test_a_report_and_its_table(tmp_path: Path) -> None:
    path = tmp_path / "new" / "backends.json"
    command = [sys.executable, FOLDER / "main.py", "--graph", "synthetic", "--model", "LightGCN"]
    command += ["--threads", "1", "--rounds", "3", "--pairs", "0", "--json", path]
    for _ in range(2):  # the second time there is nothing left to do
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env={**os.environ})
        assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    report = json.loads(path.read_text())
    assert [run["seed"] for run in report["runs"]] == [0]  # with nothing to do, nothing is written
    assert report["runs"][0]["environment"]["threads"] >= 1
    assert {row["what"] for row in report["rows"]} == {"step", "ranking"}
    for row in report["rows"]:
        assert row["rounds"] == 3
        assert 0 < row["lower_quartile"] <= row["ratio"] <= row["upper_quartile"]
        assert min(row["with_ms"], row["without_ms"]) > 0
    table = list(csv.DictReader(path.with_suffix(".csv").open()))
    assert len(table) == len(report["rows"])
    assert all(float(line["synthetic, 1 thread"]) > 0 for line in table)
