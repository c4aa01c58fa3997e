import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.kernels.ranking.exclude import exclude_edges
from pygmmrec.typing import INTERACTS, TEST, VALID


@pytest.fixture
def data(edge_index) -> HeteroData:
    data = HeteroData()
    data[INTERACTS].edge_index = edge_index
    data[INTERACTS][VALID] = torch.tensor([[0, 4], [2, 3]])
    data[INTERACTS][TEST] = torch.tensor([[1], [3]])
    return data


def test_what_each_choice_leaves_out(data, edge_index) -> None:
    assert exclude_edges(data, None) is None
    assert torch.equal(exclude_edges(data, "train"), edge_index)
    both = exclude_edges(data, "train+val")
    assert both.tolist() == [[*edge_index[0].tolist(), 0, 4], [*edge_index[1].tolist(), 2, 3]]


def test_an_unknown_choice_lists_the_choices(data) -> None:
    with pytest.raises(ValueError, match=r"'exclude' needs to be None or one of \['train', 'train\+val'\]"):
        exclude_edges(data, "test")
