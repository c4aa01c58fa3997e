"""Where the real data and the numeric oracles are, and a small graph that many tests share."""

import os
from pathlib import Path

import pytest
import torch
from torch import Tensor

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _folder(variable: str, default: Path) -> Path:
    folder = Path(os.environ.get(variable, default))
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


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def edge_index() -> Tensor:
    """Five users, four items; user 4 and item 3 have no training edge. [2, 7], sorted."""
    return torch.tensor([[0, 0, 1, 1, 2, 3, 3], [0, 1, 1, 2, 0, 0, 2]])
