"""Where the real data and the numeric oracles are, and a small graph that many tests share."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID, Triplets

SHARED = Path(__file__).resolve().parents[2] / "shared"


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
    data = build_toy_data(edge_index, int(arrays["n_users"]), int(arrays["n_items"]), num_modalities=0)
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


def build_toy_data(
    edge_index: Tensor,
    num_users: int,
    num_items: int,
    *,
    num_modalities: int = 2,
    dtype: torch.dtype = torch.float64,
) -> HeteroData:
    """A graph of the given training edges, with random features ``m0`` [I, 5], ``m1`` [I, 6], …"""
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = num_users, num_items
    generator = torch.Generator().manual_seed(7)
    for m in range(num_modalities):
        data["item"][f"m{m}"] = torch.randn(num_items, 5 + m, generator=generator, dtype=dtype)
    by_user = torch.argsort(edge_index[0] * num_items + edge_index[1])
    by_item = torch.argsort(edge_index[1] * num_users + edge_index[0])
    data[INTERACTS].edge_index = edge_index[:, by_user]
    data[REV_INTERACTS].edge_index = edge_index[:, by_item].flip(0)
    for held_out in (VALID, TEST):
        data[held_out].edge_label_index = edge_index.new_empty(2, 0)
    return data


@pytest.fixture
def toy_data() -> Callable[..., HeteroData]:
    """Maker of small graphs: nine users and eleven items, or edges and sizes of one's own."""

    def make(
        edge_index: Tensor | None = None, num_users: int = 9, num_items: int = 11, **kwargs
    ) -> HeteroData:
        if edge_index is None:
            generator = torch.Generator().manual_seed(5)
            known = torch.rand(num_users, num_items, generator=generator) < 0.35
            known[range(num_users), [u % num_items for u in range(num_users)]] = True
            known[[i % num_users for i in range(num_items)], range(num_items)] = True
            edge_index = known.nonzero().t()
        return build_toy_data(edge_index, num_users, num_items, **kwargs)

    return make


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
