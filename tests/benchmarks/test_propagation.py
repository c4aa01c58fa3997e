"""The benchmark of propagation: every layout computes the same, and tables say what the result files say."""

import csv
import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from pygmmrec.kernels.runtime import dispatch
from pygmmrec.kernels.sparse import spmm_numba

FOLDER = Path(__file__).parents[2] / "benchmarks" / "propagation"
KEYS = {"layout", "direction", "median_ms", "speedup_vs_coo", "fraction_of_copy_bandwidth", "max_abs_error"}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    """Importer of the benchmark's files."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(dispatch, "COMPILE", True)  # layouts change these
    monkeypatch.setattr(spmm_numba, "LARGE", spmm_numba.LARGE)

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    return load


def call(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("num_layers", [1, 3])
def test_every_layout_that_runs_here_computes_the_same(load, num_layers) -> None:
    problem, layouts = load("problem"), load("layouts")
    graph = load("graphs").read_graph("synthetic:90:300", dtype=torch.float64, device="cpu")
    inputs = problem.Inputs(graph, 5)
    found, missing = problem.build(graph, num_layers, list(layouts.LAYOUTS))
    assert {*found, *missing} == set(layouts.LAYOUTS)
    assert all("not installed" in reason for reason in missing.values())
    errors = problem.errors(found, graph, num_layers, inputs)
    assert set(errors) == {(name, step) for name in found for step in problem.STEPS}
    low = errors.pop(("LightGCNPropagation, bfloat16", "forward"))
    assert 1e-5 < low < 0.05
    assert errors.pop(("LightGCNPropagation, bfloat16", "forward+backward")) < 0.05
    assert max(errors.values()) < 1e-12


def test_an_error_of_a_gradient_is_seen(load) -> None:
    problem = load("problem")
    graph = load("graphs").read_graph("synthetic:90:300", dtype=torch.float64, device="cpu")
    right, _ = problem.build(graph, 2, ["COO"])

    def wrong(user, item):
        return right["COO"](user, 2 * item - item.detach())  # the same, with twice the gradient

    errors = problem.errors({"wrong": wrong}, graph, 2, problem.Inputs(graph, 3))
    assert errors["wrong", "forward"] < 1e-12
    assert errors["wrong", "forward+backward"] > 0.1


def test_synthetic_graphs_have_the_size_asked_for_and_few_nodes_with_many_edges(load) -> None:
    edges, num_users, num_items = load("graphs").power_law(600, 400, 6000)
    assert edges.shape == (2, 6000)
    assert torch.equal(edges, load("graphs").power_law(600, 400, 6000)[0])
    assert (edges[0] * num_items + edges[1]).unique().numel() == 6000
    for side, number in zip(edges, (num_users, num_items), strict=True):
        degree = side.bincount(minlength=number).sort(descending=True).values
        assert degree.numel() == number
        assert degree[: number // 10].sum() > 0.25 * 6000
    with pytest.raises(ValueError, match="too many"):
        load("graphs").power_law(10, 10, 50)


def test_graphs_are_read_from_files(load, tmp_path: Path, monkeypatch) -> None:
    train = np.array([[0, 1, 2, 2], [1, 0, 1, 3]], dtype=np.int32)
    np.savez(tmp_path / "some.npz", train=train, test=train, num_users=4, num_items=5)
    lines = ["userID\titemID\tx_label", *(f"{u}\t{i}\t0" for u, i in train.T), "1\t1\t1", "2\t0\t2"]
    (tmp_path / "some.inter").write_text("\n".join(lines) + "\n")
    read = load("graphs").read_graph
    for text, size in (
        (tmp_path / "some.npz", (4, 5)),
        (tmp_path / "some.inter", (3, 3)),
        (tmp_path, (3, 3)),
    ):
        graph = read(str(text), dtype=torch.float32, device="cpu")
        assert (graph.num_users, graph.num_items) == size
        assert graph.nnz == graph.square.nnz == 8
        assert torch.equal(graph.square.to_dense(), graph.square.to_dense().t())
        torch.testing.assert_close(graph.square.to_dense()[size[0] :, : size[0]], graph.to_item.to_dense())
    monkeypatch.setenv("PYGMMREC_DATA", str(tmp_path / "nowhere"))
    graph = read("tiktok", dtype=torch.float32, device="cpu")
    assert graph.name == "tiktok (synthetic)"
    assert (graph.num_users, graph.num_items, graph.nnz) == (9308, 6710, 2 * 59541)


def test_functions_take_turns_until_time_is_over(load) -> None:
    calls: list[str] = []
    runs = {name: lambda name=name: calls.append(name) for name in ("a", "b")}
    device = torch.device("cpu")
    times = load("timing").in_turn(runs, device, rounds=5, seconds=100)
    assert calls == ["a", "b"] * 5
    assert {name: len(values) for name, values in times.items()} == {"a": 5, "b": 5}
    times = load("timing").in_turn(runs, device, rounds=5, seconds=0)
    assert len(times["a"]) == 3


def test_traffic_counts_rows_indices_and_weights(load) -> None:
    assert load("timing").traffic(num_nodes=10, nnz=100, dim=64, itemsize=4) == 100 * 268 + 10 * 264


def test_a_report_and_the_table_made_of_it(tmp_path: Path) -> None:
    results = tmp_path / "results"
    names = ["COO", "spmm", "LightGCNPropagation, compiled"]
    arguments = ["--dim", 8, "--rounds", 3, "--threads", 1, "--layouts", *names]
    for seed, size in (("small", "synthetic:200:800"), ("large", "synthetic:400:1600")):
        done = call("main.py", "--graph", size, *arguments, "--json", results / f"{seed}.json")
        assert done.returncode == 0, done.stderr
        assert "LightGCNPropagation" in done.stdout
    done = call("main.py", "--graph", size, *arguments, "--keep-memory", "--json", results / "kept.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((results / "large.json").read_text())
    assert [(row["layout"], row["direction"]) for row in report["rows"]] == [
        (name, direction) for name in names for direction in ("forward", "forward+backward")
    ]
    for row in report["rows"]:
        assert row.keys() >= KEYS
        assert row["median_ms"] >= row["min_ms"] > 0
        assert row["max_abs_error"] < 1e-5
        assert (row["speedup_vs_coo"] == 1) == (row["layout"] == "COO")
    assert report["environment"]["threads"] == report["threads"] == 1
    assert report["copy_gb_per_s"] > 0

    (results / "scaling.json").write_text("{}")  # another kind of result
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- results:propagation:begin -->\nold\n<!-- results:propagation:end -->\nafter\n"
    )
    done = call("tables.py", results, "--into", page)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    header, _, *rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    sizes = ["synthetic:200:800, 2k", "synthetic:400:1600, 3k"]
    assert header == ["A·X written as", *sizes, "ms", "peak MB"]
    assert [row[0] for row in rows] == ["COO", "LightGCNPropagation, compiled"]  # some of all
    ours = {row["layout"]: row for row in report["rows"] if row["direction"] == "forward+backward"}
    assert rows[-1][2] == f"{ours[rows[-1][0]]['speedup_vs_coo']:.2f}"
    assert rows[-1][3] == f"{ours[rows[-1][0]]['median_ms']:.0f}"
    table = list(csv.DictReader((results / "speedup.csv").open()))
    assert [row["A·X written as"] for row in table] == names
    assert list(table[0])[1:4] == [*sizes, "synthetic:400:1600, memory kept, 3k"]
    assert (results / "speedup.png").stat().st_size > 0


def test_a_folder_without_results_is_an_error(tmp_path: Path) -> None:
    done = call("tables.py", tmp_path)
    assert done.returncode == 2
    assert "no results of main.py" in done.stderr


def test_cost_per_edge_at_growing_size(tmp_path: Path) -> None:
    files = ["--json", tmp_path / "scaling.json", "--plot", tmp_path / "scaling.png"]
    sizes = ["--from", 3e4, "--up-to", 1e5, "--coo-up-to", 4e4]
    done = call("scaling.py", *sizes, "--dim", 4, "--rounds", 3, *files)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "scaling.json").read_text())
    sizes = {(row["layout"], row["num_edges"]) for row in report["rows"]}
    assert {("COO", 30000), ("LightGCNPropagation", 30000), ("LightGCNPropagation", 94868)} <= sizes
    assert ("COO", 94868) not in sizes
    for row in report["rows"]:
        assert row["num_nodes"] == row["num_edges"] // 20
        cost = 1e6 * row["median_ms"] / row["num_edges"] / 3
        assert row["ns_per_edge_and_layer"] == pytest.approx(cost)
    assert (tmp_path / "scaling.png").stat().st_size > 0
