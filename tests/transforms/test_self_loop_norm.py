import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.transforms import SelfLoopNorm, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS


def test_weights_are_those_of_the_normalised_square_matrix(toy_data, edge_index) -> None:
    data = ToAdj()(SelfLoopNorm()(toy_data(edge_index, 5, 4)))
    square = torch.eye(9)
    square[edge_index[0], edge_index[1] + 5] = square[edge_index[1] + 5, edge_index[0]] = 1
    root = square.sum(1).rsqrt()
    square = root[:, None] * square * root
    torch.testing.assert_close(data[INTERACTS].matrix.to_dense(), square[5:, :5])
    torch.testing.assert_close(data[REV_INTERACTS].matrix.to_dense(), square[:5, 5:])


def test_repr_and_errors() -> None:
    assert repr(SelfLoopNorm()) == "SelfLoopNorm()"
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = 2, 3
    with pytest.raises(ValueError, match="a graph with edges"):
        SelfLoopNorm()(data)
