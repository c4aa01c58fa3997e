"""Caches never collide, are never half written and never unpickled."""

import hashlib
import logging
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.data import IdMap, RatioSplit
from pygmmrec.datasets.cache import _header, cached, digest
from pygmmrec.kernels.sparse.adj import Adj


def graph(value: float = 1.0) -> HeteroData:
    data = HeteroData()
    data["item"].num_nodes = 2
    data["item"].raw_id = IdMap(["a", 3])
    data["item"].x = torch.full((2, 1), value)
    data["user", "interacts", "item"].edge_index = torch.tensor([[0], [1]])
    data["user", "interacts", "item"].matrix = Adj(torch.tensor([0, 1]), torch.tensor([0]), num_cols=2)
    return data


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    first = cached(graph, tmp_path / "deep" / "er", "set", "key")
    second = cached(partial(pytest.fail, "built twice"), tmp_path / "deep" / "er", "set", "key")
    assert second["item"].raw_id == first["item"].raw_id == IdMap(["a", 3])
    assert torch.equal(second["item"].x, first["item"].x)
    edges = second["user", "interacts", "item"]
    assert edges.edge_index.tolist() == [[0], [1]]
    assert edges.matrix.rowptr.tolist() == [0, 1]
    assert edges.matrix.num_cols == 2
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["set-key.pt"]


@pytest.mark.parametrize(("folder", "key"), [(False, "key"), (True, None)])
def test_without_a_folder_or_a_key_nothing_is_kept(tmp_path: Path, folder: bool, key: str | None) -> None:
    assert cached(graph, tmp_path if folder else None, "set", key)["item"].num_nodes == 2
    assert list(tmp_path.iterdir()) == []


def test_force_reload_builds_anew(tmp_path: Path) -> None:
    cached(graph, tmp_path, "set", "key")
    assert cached(partial(graph, 5.0), tmp_path, "set", "key", force_reload=True)["item"].x[0] == 5
    assert cached(graph, tmp_path, "set", "key")["item"].x[0] == 5


class Bomb:
    """Fails a test that unpickles it."""

    def __reduce__(self) -> tuple:
        return (pytest.fail, ("unpickled",))


@pytest.mark.parametrize("kind", ["cut off", "empty", "foreign", "pickled"])
def test_a_bad_file_is_built_anew(tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    cached(graph, tmp_path, "set", "key")
    path = tmp_path / "set-key.pt"
    if kind == "cut off":
        path.write_bytes(path.read_bytes()[:500])
    elif kind == "empty":
        path.write_bytes(b"")
    else:
        torch.save({"item": {"x": Bomb()}} if kind == "pickled" else [1], path)
        content = path.read_bytes()  # with the right checksum, as somebody could write it on purpose
        path.write_bytes(_header(hashlib.sha256(content).hexdigest()) + content)
    with caplog.at_level(logging.WARNING):
        assert cached(partial(graph, 5.0), tmp_path, "set", "key")["item"].x[0] == 5
    assert "built anew" in caplog.text
    caplog.clear()
    assert cached(graph, tmp_path, "set", "key")["item"].x[0] == 5
    assert caplog.text == ""


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: str, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        cached(graph, tmp_path, "set", "key")
    assert list(tmp_path.iterdir()) == []


def test_any_damaged_byte_is_noticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cached(graph, tmp_path, "set", "key")
    path = tmp_path / "set-key.pt"
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 60):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        assert cached(partial(graph, 5.0), tmp_path, "set", "key")["item"].x[0] == 5
    assert caplog.text.count("it is damaged") >= 60
    path.write_bytes(whole + b"\0")
    assert cached(partial(graph, 5.0), tmp_path, "set", "key")["item"].x[0] == 5


def test_a_build_that_was_killed_leaves_nothing_for_long(tmp_path: Path) -> None:
    script = f"""
import os, signal, torch
from pathlib import Path
from pygmmrec.datasets.cache import cached
from torch_geometric.data import HeteroData
torch.save = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
cached(HeteroData, Path({str(tmp_path)!r}), "set", "other")
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    cached(graph, tmp_path, "set", "key")
    assert [path.name for path in tmp_path.iterdir()] == ["set-key.pt"]


def test_the_key_knows_all_that_the_data_depends_on(tmp_path: Path) -> None:
    file = tmp_path / "a.inter"
    file.write_text("1")
    keys = [
        digest("Set", (RatioSplit(), None), [file]),
        digest("Other", (RatioSplit(), None), [file]),
        digest("Set", (RatioSplit(seed=1), None), [file]),
        digest("Set", (None, RatioSplit()), [file]),
        digest("Set", (RatioSplit(), None), []),
    ]
    file.rename(tmp_path / "b.inter")
    keys.append(digest("Set", (RatioSplit(), None), [tmp_path / "b.inter"]))
    assert len(set(keys)) == len(keys)


def test_the_key_knows_what_is_in_a_file_and_not_when_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "a.inter"
    file.write_text("1")
    os.utime(file, ns=(1, 1))
    first = digest("Set", (), [file])
    os.utime(file, ns=(2, 2))
    assert digest("Set", (), [file]) == first
    file.write_text("2")  # of the same size, and the same time
    os.utime(file, ns=(1, 1))
    assert digest("Set", (), [file]) != first


class Quiet(BaseTransform):
    """Keeps the repr of PyG, which leaves out every argument."""

    def __init__(self, value: object) -> None:
        self.value = value

    def forward(self, data: HeteroData) -> HeteroData:
        return data


def test_transforms_differ_by_what_their_repr_leaves_out() -> None:
    transforms = [Quiet(1), Quiet(2), Compose([Quiet(1)]), Compose([Quiet(2)]), Compose([Quiet(2), Quiet(2)])]
    keys = [digest("Set", (transform,), []) for transform in transforms]
    assert len(set(keys)) == len(keys)
    assert digest("Set", (Compose([Quiet(1)]),), []) == keys[2]
    assert digest("Set", (Quiet(torch.zeros(5000)),), []) != digest("Set", (Quiet(torch.ones(5000)),), [])


def test_a_repr_that_tells_nothing_gives_no_key(caplog: pytest.LogCaptureFixture) -> None:
    assert digest("Set", (lambda data: data,), []) is None
    assert "not cached" in caplog.text


@pytest.mark.parametrize("below", ["", "deep"])
def test_a_cache_that_can_be_no_folder_is_an_error_before_anything_is_built(
    tmp_path: Path, below: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"'cache_dir' needs to be a folder, .*file"):
        cached(partial(pytest.fail, "built"), tmp_path / "file" / below, "set", "key")
