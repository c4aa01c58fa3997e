"""A model with raw ids, titles and pictures, over HTTP and in the folder of a run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from fastapi.testclient import TestClient
from torch_geometric.data import HeteroData

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.models import VBPR
from pygmmrec.serving import Served
from pygmmrec.serving.http import make_app
from pygmmrec.testing import toy_data
from pygmmrec.training import fit


@pytest.fixture(scope="session")
def unprepared() -> HeteroData:
    """Nine users with numbers from 100, eleven items with names; every other one has a picture."""
    data = toy_data(dtype=torch.float32)
    data["user"].raw_id = IdMap(range(100, 109))
    data["item"].raw_id = IdMap([f"i{index}" for index in range(11)])
    pictures = [f"https://pictures.example/{index}.png" if index % 2 else None for index in range(11)]
    titles = [f"Title <b>{index}</b>" for index in range(11)]
    genres = ["jazz", "soul"] * 5 + ["rock"]
    data["item"].info = NodeInfo({"title": titles, "genre": genres, "Image_URL": pictures})
    return data


@pytest.fixture(scope="session")
def graph(unprepared: HeteroData) -> HeteroData:
    """The same, prepared."""
    return VBPR.prepare(unprepared)


@pytest.fixture(scope="session")
def shop(graph: HeteroData) -> Served:
    """A model with random weights."""
    torch.manual_seed(0)
    return Served(VBPR.from_data(graph), graph)


@pytest.fixture
def client(shop: Served) -> Iterator[TestClient]:
    """Asks an application that answers from the model."""
    with TestClient(make_app(shop, max_k=20, max_batch=5, max_body=2000)) as client:
        yield client


@pytest.fixture(scope="session")
def train(graph: HeteroData) -> Callable[[Path, int], Path]:
    """Trains for an epoch, and leaves a bundle."""

    def run(folder: Path, seed: int) -> Path:
        torch.manual_seed(seed)
        fit(VBPR.from_data(graph), graph, epochs=1, seed=seed, output=folder, resume=False, progress=False)
        return folder

    return run
