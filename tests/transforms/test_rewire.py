import torch
from torch_geometric.data import HeteroData

from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS


def test_sets_attributes_and_takes_the_matrix_away() -> None:
    store = HeteroData()[INTERACTS]
    store.matrix, store.rating = "a matrix", torch.ones(1)
    rewire(store, edge_weight=torch.zeros(1))
    assert "matrix" not in store
    assert (store.edge_weight.tolist(), store.rating.tolist()) == ([0.0], [1.0])
    rewire(store, edge_index=torch.zeros(2, 1))  # where there is no matrix, nothing else changes
    assert set(store.keys()) == {"rating", "edge_weight", "weighted", "edge_index"}
    assert store.weighted
