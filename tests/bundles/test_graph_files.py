import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec import models
from pygmmrec.bundles import load_graph, save_graph
from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.transforms.to_adj import is_current
from pygmmrec.typing import INTERACTS, ORIGIN, REV_INTERACTS

NAMES = [name for name in models.__all__ if name != "Recommender"]


def same(ours: Any, theirs: Any) -> bool:
    """Whether two values are of one type and equal, to the last bit."""
    if isinstance(theirs, Tensor):
        return (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape) and torch.equal(ours, theirs)
    if isinstance(theirs, Adj):
        parts = ("rowptr", "col", "value", "num_cols", "symmetric", "made_from")
        return all(same(getattr(ours, part), getattr(theirs, part)) for part in parts)
    if isinstance(theirs, dict | tuple | list):
        fits = type(ours) is type(theirs) and len(ours) == len(theirs)
        keys = list(theirs) if isinstance(theirs, dict) else range(len(theirs))
        if isinstance(theirs, dict):
            fits = fits and list(ours) == keys
        return fits and all(same(ours[key], theirs[key]) for key in keys)
    return type(ours) is type(theirs) and bool(ours == theirs)


def assert_same(ours: HeteroData, theirs: HeteroData) -> None:
    assert ours.metadata() == theirs.metadata()
    for mine, other in zip(ours.stores, theirs.stores, strict=True):
        assert list(mine.keys()) == list(other.keys())
        assert [key for key in other if not same(mine[key], other[key])] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_each_model_prepares_comes_back(
    name: str, toy_data: Callable[..., HeteroData], tmp_path: Path
) -> None:
    data = getattr(models, name).prepare(toy_data(dtype=torch.float32))
    save_graph(data, tmp_path)
    found = load_graph(tmp_path)
    assert_same(found, data)
    assert all(is_current(found, kind) for kind in data.edge_types if "matrix" in data[kind])


def test_everything_that_a_graph_may_hold(toy_data: Callable[..., HeteroData], tmp_path: Path) -> None:
    data = toy_data()
    data[ORIGIN] = {"rows": 5, "steps": [{"step": "positives", "rows": 1}], "split": "ratio"}
    data.numbers = [math.inf, -0.0, (1, None), {2: "x"}]
    data["user"].raw_id = IdMap([("a", n) for n in range(9)])
    data["user"].num_nodes = 9
    data["item"].info = NodeInfo({"title": [str(n) for n in range(11)]})
    data["item"].half = data["item"].m0.half()
    data["item"].m0_available = torch.arange(11) > 2
    data["an odd / name"].raw_id = IdMap(["x"])
    data["an odd / name"].num_nodes = 1
    data["empty"].num_nodes = 0
    paths = save_graph(data, tmp_path)
    names = ["users.parquet", "items.parquet", "nodes-2.parquet", "graph.safetensors", "graph.json"]
    assert [path.name for path in paths] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert_same(load_graph(tmp_path), data)


def test_what_is_shared_is_stored_once_and_shared_again(
    toy_data: Callable[..., HeteroData], tmp_path: Path
) -> None:
    data = models.LightGCN.prepare(toy_data())
    data["copy"].x = data["item"].m0
    adj = data[INTERACTS].matrix
    data[REV_INTERACTS].other = adj.with_value(adj.value * 2)
    save_graph(data, tmp_path)
    found = load_graph(tmp_path)
    assert found["copy"].x is found["item"].m0
    assert found[REV_INTERACTS].other.col is found[INTERACTS].matrix.col
    assert found[INTERACTS].matrix.made_from is found[INTERACTS].edge_index
    names = list(load_file(tmp_path / "graph.safetensors"))
    assert "item.m0" in names
    assert "copy.x" not in names
    assert "user interacts item.matrix.rowptr" in names
    assert "item rev_interacts user.other.rowptr" not in names


@pytest.mark.parametrize("value", [{1, 2}, torch.eye(2).to_sparse(), IdMap(["a"]), object()])
@pytest.mark.filterwarnings("ignore:Sparse")
def test_what_cannot_be_stored_is_named(
    value: Any, toy_data: Callable[..., HeteroData], tmp_path: Path
) -> None:
    data = toy_data()
    data["item"].odd = [value]
    with pytest.raises(ValueError, match=rf"'item\.odd\[0\]' needs to be .*{type(value).__name__}"):
        save_graph(data, tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="'data' needs to be a graph"):
        save_graph([data], tmp_path)  # type: ignore[arg-type]


def test_tables_in_other_files_than_those_are_not_read(
    toy_data: Callable[..., HeteroData], tmp_path: Path
) -> None:
    data = toy_data()
    data["user"].raw_id = IdMap([f"user {n}" for n in range(data["user"].num_nodes)])
    save_graph(data, tmp_path)
    assert_same(load_graph(tmp_path, {"users.parquet"}), data)
    with pytest.raises(ValueError, match=r"files that have a digest.*users\.parquet"):
        load_graph(tmp_path, {"items.parquet"})


def test_another_format_and_a_damaged_file_are_errors(
    toy_data: Callable[..., HeteroData], tmp_path: Path
) -> None:
    save_graph(toy_data(), tmp_path)
    told = json.loads((tmp_path / "graph.json").read_text())
    for change, message in (
        ({"format": 99}, "a graph of format 1.*of format 99"),
        ({"stores": [{"of": "user"}]}, "hold a complete graph.*values"),
        ({"stores": [{"of": "user", "values": {"x": {"$pickle": "x"}}}]}, r"known format.*\$pickle"),
        ({"stores": [{"of": "user", "values": {"x": {"$tensor": "x"}}}]}, "hold a complete graph.*'x'"),
        ({"stores": [{"of": "user", "values": {"raw_id": {"$table": "../a"}}}]}, "an existing file"),
    ):
        (tmp_path / "graph.json").write_text(json.dumps({**told, **change}))
        with pytest.raises(ValueError, match=message):
            load_graph(tmp_path)
    with pytest.raises(ValueError, match=r"an existing \.json file"):
        load_graph(tmp_path / "nowhere")
