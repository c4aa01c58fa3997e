"""What is no plain file is one clear error for each reader, and a file of odd sizes takes no odd memory."""

import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from attacks.forked import Forked
from attacks.outcome import CLEAR
from attacks.small import small_graph, small_model
from pygmmrec.data import Interactions, build_hetero_data, read_features
from pygmmrec.datasets import InteractionFolder
from pygmmrec.models import LightGCN
from pygmmrec.training import FitResult, fit, load_ids, load_per_pair, load_per_user, load_weights

pytestmark = pytest.mark.torture

Reader = Callable[[Path], object]


def _weights(path: Path) -> object:
    data = small_graph()
    return load_weights(small_model(data), path, data)


def _folder(path: Path) -> object:
    return InteractionFolder(path.parent, cache_dir=path.parent / "cache")


READERS: dict[str, tuple[str, Reader]] = {
    "inter": ("a.inter", build_hetero_data),
    "npy": ("a.npy", read_features),
    "pt": ("a.pt", read_features),
    "npz": ("a.npz", read_features),
    "safetensors": ("a.safetensors", read_features),
    "parquet": ("a.parquet", read_features),
    "per_user": ("test_per_user.npz", load_per_user),
    "per_pair": ("test_per_pair.npz", load_per_pair),
    "result": ("result.json", FitResult.load),
    "weights": ("model.safetensors", _weights),
    "ids": ("model.safetensors", load_ids),
    "table of a folder": ("a.inter", _folder),
    "features of a folder": ("x_feat.npy", _folder),
}

KINDS: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "link to itself": lambda path: path.symlink_to(path),
    "link to nothing": lambda path: path.symlink_to(path.parent / "nothing"),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "name in other bytes": lambda path: path.with_name(os.fsdecode(b"\xff\xfe")).touch(),
    "empty": Path.touch,
}


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    def hang(*_: object) -> None:
        raise TimeoutError("hangs")

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("reader", list(READERS))
def test_what_is_no_plain_file(reader: str, kind: str, tmp_path: Path) -> None:
    name, read = READERS[reader]
    if reader == "features of a folder":
        (tmp_path / "a.inter").write_text("userID\titemID\n" + "".join(f"{n}\t{n % 3}\n" for n in range(9)))
    KINDS[kind](tmp_path / name)
    if reader == "features of a folder" and kind in ("missing", "name in other bytes"):
        read(tmp_path / name)  # features may be missing
        return
    with pytest.raises(ValueError, match="needs to be") as caught:
        read(tmp_path / name)
    assert CLEAR.fullmatch(str(caught.value))


def taken(work: Callable[[], object], folder: Path) -> int:
    """Bytes by which the peak of a process rises that does it."""
    told = folder / "peak"

    def measure() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        work()
        told.write_text(str(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)))

    child = Forked(measure, folder / "log")
    assert child.result() == 0, child.said()
    return int(told.read_text())


@pytest.mark.skipif(not Path("/proc").exists(), reason="the peak is in KB on Linux")
def test_one_long_id_costs_no_more_than_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.inter"
    rows = "".join(f"u{row}\t{row}\n" for row in range(20_000))
    path.write_text(f"userID\titemID\n{'a' * 20_000}\t1\n{rows}")
    assert taken(lambda: Interactions.from_file(path), tmp_path) < 64 << 20


def test_a_hundred_thousand_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.inter"
    header = ["userID", "itemID", *(f"c{column}" for column in range(100_000))]
    cells = "\n".join("\t".join([str(row), str(row), *["1"] * 100_000]) for row in range(5))
    path.write_text("\t".join(header) + "\n" + cells + "\n")
    assert len(Interactions.from_file(path)) == 5


def test_moments_of_another_shape_write_nowhere(tmp_path: Path) -> None:
    """An optimiser that trusts its state would write beyond a tensor's end."""
    users = np.repeat(np.arange(2000), 4)
    items = np.concatenate([np.random.default_rng(user).permutation(3000)[:4] for user in range(2000)])
    data = build_hetero_data((users, items, np.tile([0, 0, 1, 2], 2000)), item_ids=range(3000))
    data = LightGCN.prepare(data)
    options = {"output": tmp_path / "run", "device": "cpu", "progress": False}
    fit(LightGCN.from_data(data), data, epochs=1, **options)
    path = tmp_path / "run" / "state.pt"
    state = torch.load(path, weights_only=True)
    for moments in state["optimizer"]["state"].values():
        moments.update({name: moments[name][:1].clone() for name in ("exp_avg", "exp_avg_sq")})
    torch.save(state, path)

    def go_on() -> None:
        fit(LightGCN.from_data(data), data, epochs=3, resume=True, **options)

    child = Forked(go_on, tmp_path / "log")
    assert child.result() == 3
    assert "ValueError: 'path' needs to be" in child.said()
