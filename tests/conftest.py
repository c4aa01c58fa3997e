"""Where the real data and the numeric oracles are, and a small graph that many tests share."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.kernels.columns.column_shard import ColumnShard, whole
from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.testing import toy_data
from pygmmrec.typing import Triplets

SHARED = Path(__file__).resolve().parents[2] / "shared"

TORTURE = {
    "seed": (0, "seed of all that is drawn"),
    "files": (4000, "damaged files of each kind"),
    "graphs": (300, "random graphs for each property"),
}
"""Options of the attacks, with their defaults."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("torture", "attacks on the library, see make torture")
    for name, (default, meaning) in TORTURE.items():
        variable = f"TORTURE_{name.upper()}"
        chosen = int(os.environ.get(variable, default))
        group.addoption(f"--torture-{name}", type=int, default=chosen, help=f"{meaning}, or ${variable}")


def pytest_report_header(config: pytest.Config) -> list[str]:
    asked = "torture" in config.option.markexpr.replace("not torture", "")
    chosen = " ".join(f"--torture-{name}={config.getoption(f'--torture-{name}')}" for name in TORTURE)
    return [f"drawn by {chosen}"] if asked else []


def _folder(variable: str, default: Path) -> Path:
    folder = Path(os.environ.get(variable, default))
    if not folder.is_dir() and variable in os.environ:
        pytest.fail(f"{variable} is set to {folder}, which is no folder")
    if not folder.is_dir():
        pytest.skip(f"{variable} is not set and {default.name}/ is not beside the checkout")
    return folder


@pytest.fixture(scope="session")
def golden() -> Path:
    """Folder of the numeric oracles."""
    return _folder("PYGMMREC_GOLDEN", SHARED / "golden")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real data sets."""
    return _folder("PYGMMREC_DATA", SHARED / "data")


@pytest.fixture(scope="session")
def golden_problem(golden: Path) -> tuple[HeteroData, Triplets]:
    """The graph on which the oracles were made, and their batch."""
    arrays = np.load(golden / "problem.npz")
    edge_index = torch.from_numpy(arrays["train_ui"]).t()
    data = toy_data(edge_index, int(arrays["n_users"]), int(arrays["n_items"]), num_modalities=0)
    for name in ("visual", "text"):
        data["item"][name] = torch.from_numpy(arrays[name])
    batch = [torch.from_numpy(arrays[f"batch_{name}"]) for name in ("users", "pos", "neg")]
    return data, Triplets(*batch)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 40 users, 50 items and the modalities ``image`` and ``text``, with split labels."""
    folder = tmp_path_factory.mktemp("tiny")
    rng = np.random.default_rng(0)
    lines = ["userID\titemID\tx_label"]
    for user in range(40):
        for item, label in zip(rng.permutation(50)[:8], (0, 0, 0, 0, 0, 0, 1, 2), strict=True):
            lines.append(f"{user}\t{item}\t{label}")
    (folder / "tiny.inter").write_text("\n".join(lines) + "\n")
    for name, size in {"image": 16, "text": 12}.items():
        np.save(folder / f"{name}_feat.npy", rng.normal(size=(50, size)).astype(np.float32))
    return folder


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def edge_index() -> Tensor:
    """Five users, four items; user 4 and item 3 have no training edge. [2, 7], sorted."""
    return torch.tensor([[0, 0, 1, 1, 2, 3, 3], [0, 1, 1, 2, 0, 0, 2]])


@pytest.fixture(name="toy_data")
def _toy_data() -> Callable[..., HeteroData]:
    """Maker of small graphs: nine users and eleven items, or edges and sizes of one's own."""
    return toy_data


@pytest.fixture
def to_dense() -> Callable[..., Tensor]:
    """Writer of a graph as the matrix [num_dst, num_src], entry by entry."""

    def write(edge_index: Tensor, weight: Tensor | None, size: tuple[int, int]) -> Tensor:
        weight = torch.ones(edge_index.size(1)) if weight is None else weight
        matrix = torch.zeros(size[1], size[0], dtype=weight.dtype)
        for (src, dst), value in zip(edge_index.t().tolist(), weight.tolist(), strict=True):
            matrix[dst, src] += value
        return matrix

    return write


@dataclass(frozen=True, eq=False)
class ThreadRanks(Ranks):
    """Ranks that are threads of one process, and meet where processes would send."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(1))
    board: list[Any] = field(default_factory=list)

    def parts(self, x: Tensor) -> list[Tensor]:
        self.board[self.rank] = x.detach().clone()
        self.barrier.wait(60)
        parts = list(self.board)
        self.barrier.wait(60)
        return parts

    def total(self, x: Tensor) -> Tensor:
        return torch.stack(self.parts(x)).sum(dim=0)


@pytest.fixture
def two_ranks() -> Callable[[Callable[[Ranks], Any]], list[Any]]:
    """Runs a function as two ranks do, in threads; what each of them returns."""

    def run(function: Callable[[Ranks], Any]) -> list[Any]:
        barrier, board = threading.Barrier(2), [None, None]

        def one(rank: int) -> Any:
            try:
                return function(ThreadRanks(rank, 2, None, barrier, board))  # type: ignore[arg-type]
            except BaseException:
                barrier.abort()
                raise

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(one, range(2)))

    return run


@pytest.fixture
def on_shards(two_ranks: Callable[[Callable[[Ranks], Any]], list[Any]]) -> Callable[..., bool]:
    """Compares a function of a shard, and its gradient, with those of the whole; whether it stays divided."""

    def compare(function: Callable[[Tensor], Tensor], x: Tensor) -> bool:
        plain = x.clone().requires_grad_()
        out = function(plain)
        weight = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).view(out.shape)
        (out * weight).sum().backward()  # type: ignore[no-untyped-call]

        def one(ranks: Ranks) -> tuple[Any, ...]:
            shard = nn.Parameter(ColumnShard.of(x, ranks))
            found = function(shard)
            (found * weight).sum().backward()  # type: ignore[no-untyped-call]
            assert shard.grad is not None
            return isinstance(found, ColumnShard), found.shape, whole(found.detach()), whole(shard.grad)

        results = two_ranks(one)
        for _, shape, value, grad in results:
            assert shape == out.shape
            torch.testing.assert_close(value, out.detach(), rtol=1e-12, atol=1e-12)
            torch.testing.assert_close(grad, plain.grad, rtol=1e-12, atol=1e-12)
        (divided,) = {found[0] for found in results}
        return bool(divided)

    return compare
