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


def test_what_is_asked_about_is_never_left_out(data, edge_index) -> None:
    data["item"].num_nodes = 4
    asked = torch.tensor([[0, 0, 2, 4], [2, 3, 0, 3]])  # validation, new, training, validation
    train = [pair for pair in edge_index.t().tolist() if pair != [2, 0]]
    assert exclude_edges(data, "train", asked).t().tolist() == train
    assert exclude_edges(data, "train+val", asked).t().tolist() == train
    assert exclude_edges(data, None, asked) is None
    new = torch.tensor([[0], [3]])
    assert exclude_edges(data, "train", new) is data[INTERACTS].edge_index


def test_a_graph_without_validation_pairs_leaves_out_what_there_is(data, edge_index) -> None:
    del data[INTERACTS][VALID]
    assert torch.equal(exclude_edges(data, "train+val"), edge_index)
