import pytest
import torch

from pygmmrec.nn import FittedNeighbours
from pygmmrec.nn.fitted.neighbours import ascending, neighbour_matrix


@pytest.fixture
def table() -> FittedNeighbours:
    table = FittedNeighbours("item", 4, 2)
    index = torch.tensor([[3, 1], [2, -1], [-1, -1], [0, 2]])
    table.assign(index, torch.tensor([[0.5, 0.25], [1.0, 9.0], [9.0, 9.0], [2.0, 3.0]]))
    return table


def test_neighbours_ascend_and_make_a_sparse_matrix(table) -> None:
    assert table.index.tolist() == [[1, 3], [2, -1], [-1, -1], [0, 2]]
    dense = [[0, 0.25, 0, 0.5], [0, 0, 1, 0], [0, 0, 0, 0], [2, 0, 3, 0]]
    assert table.matrix().to_dense().tolist() == dense
    assert neighbour_matrix(table.index[:2], table.weight[:2], 4).to_dense().tolist() == dense[:2]


def test_other_nodes_lose_what_is_gone_and_know_nothing_of_the_new(table) -> None:
    places = torch.tensor([3, -1, 0])  # 1 and 2 are gone
    found = table.at(dict(table.named_buffers()), places)
    other = FittedNeighbours("item", 3, 2)
    other.load_state_dict(found)
    assert other.matrix().to_dense().tolist() == [[0, 0, 2], [0, 0, 0], [0.5, 0, 0]]


def test_some_rows_anew_and_none(table) -> None:
    table.assign(torch.tensor([[1, 0]]), torch.tensor([[7.0, 8.0]]), rows=torch.tensor([2]))
    assert table.matrix().to_dense()[2].tolist() == [8, 7, 0, 0]
    table.reset_parameters()
    assert table.matrix().nnz == 0
    with pytest.raises(ValueError, match="'k' needs to be at least 1"):
        FittedNeighbours("item", 4, 0)


def test_ascending_leaves_nothing_where_there_is_no_neighbour() -> None:
    index, weight = ascending(torch.tensor([[-1, 2, 0]]), torch.tensor([[5.0, 1.0, 2.0]]))
    assert (index.tolist(), weight.tolist()) == ([[0, 2, -1]], [[2.0, 1.0, 0.0]])
