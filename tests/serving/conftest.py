"""A small model in its bundle, with titles and genres of its items."""

from pathlib import Path

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.models import LightGCN
from pygmmrec.serving import Served, load
from pygmmrec.training import fit

NUM_USERS, NUM_ITEMS = 60, 80
GENRES = (["jazz"], ["soul", "funk"], [], None)
QUICK = {"epochs": 1, "batch_size": 64, "lr": 1e-2, "device": "cpu", "progress": False}


@pytest.fixture(scope="session")
def named() -> HeteroData:
    """A graph whose users are texts and whose items are numbers, with what is known of items."""
    data = SyntheticMultimodal(num_users=NUM_USERS, num_items=NUM_ITEMS, seed=3)[0]
    data["user"].raw_id = IdMap([f"u{n}" for n in range(NUM_USERS)])
    data["item"].raw_id = IdMap([1000 + 3 * n for n in range(NUM_ITEMS)])
    data["item"].info = NodeInfo(
        {
            "title": [f"Title {n}" if n % 5 else None for n in range(NUM_ITEMS)],
            "genre": [GENRES[n % 4] for n in range(NUM_ITEMS)],
            "price": [n / 2 if n % 7 else None for n in range(NUM_ITEMS)],
            "year": [1960 + n % 3 for n in range(NUM_ITEMS)],
            "in_stock": [n % 2 == 0 for n in range(NUM_ITEMS)],
            "mixed": [n if n % 2 else str(n) for n in range(NUM_ITEMS)],
        }
    )
    return data


@pytest.fixture(scope="session")
def folder(named: HeteroData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a trained LightGCN; left as it is by those who use it."""
    path = tmp_path_factory.mktemp("runs") / "light_gcn"
    torch.manual_seed(0)
    fit(LightGCN.from_data(named, embedding_dim=8), named, output=path, dataset="small", **QUICK)
    return path


@pytest.fixture(scope="session")
def served(folder: Path) -> Served:
    """The model of that bundle."""
    return load(folder)
