"""Edges both ways, by hand."""

import logging

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import Interactions
from pygmmrec.data.edges import labelled, log_counts, set_edges
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID

TABLE = Interactions(user=[2, 0, 0, 2, 1, 0], item=[1, 3, 0, 0, 1, 1], rating=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


@pytest.fixture
def data() -> HeteroData:
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = 3, 4
    set_edges(data, labelled(TABLE, lambda table: np.array([0, 1, 0, 0, 2, 0])))
    return data


def test_edges_both_ways_and_what_they_carry(data: HeteroData) -> None:
    assert data[INTERACTS].edge_index.tolist() == [[0, 0, 2, 2], [0, 1, 0, 1]]
    assert data[INTERACTS].rating.tolist() == [3, 6, 4, 1]
    assert data[REV_INTERACTS].edge_index.tolist() == [[0, 0, 1, 1], [0, 2, 0, 2]]
    assert data[REV_INTERACTS].rating.tolist() == [3, 4, 6, 1]
    assert "timestamp" not in data[INTERACTS]
    assert data[INTERACTS][VALID].tolist() == [[0], [3]]
    assert data[INTERACTS][TEST].tolist() == [[1], [1]]
    assert data[INTERACTS][TEST].dtype == torch.int64


def test_nothing_to_train_on_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"needs to be a table with training rows .*6 rows, none of them"):
        labelled(TABLE, lambda table: np.ones(6, dtype=np.int64))


def test_counts_are_logged(data: HeteroData, caplog: pytest.LogCaptureFixture) -> None:
    data[INTERACTS][VALID] = torch.tensor([[0, 2], [1, 3]])
    with caplog.at_level(logging.INFO):
        log_counts(data)
    assert [record.getMessage() for record in caplog.records] == [
        "1 users and 2 items have no training edge",
        "1 held-out pairs are training edges too",
    ]
