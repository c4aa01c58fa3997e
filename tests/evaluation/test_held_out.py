import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.evaluation import Counts, count_held_out
from pygmmrec.evaluation.held_out import HeldOut, held_out
from pygmmrec.typing import INTERACTS, TEST, VALID


@pytest.fixture
def data(toy_data, edge_index) -> HeteroData:
    """User 4 is cold; (0, 3) is there twice, (1, 1) is a training edge, (3, 3) is in both parts."""
    data = toy_data(edge_index, 5, 4)
    data[INTERACTS][VALID] = torch.tensor([[3, 1], [3, 3]])
    data[INTERACTS][TEST] = torch.tensor([[3, 0, 1, 0, 4, 0], [3, 3, 1, 2, 0, 3]])
    return data


def test_everything_is_counted(data) -> None:
    found = held_out(data, "test", True, "evaluate")
    assert isinstance(found, HeldOut)
    assert found.pairs.tolist() == [[0, 0, 1, 3], [3, 2, 1, 3]]
    assert found.users.tolist() == [0, 1, 3]
    assert found.counts == Counts(
        users=3, cold_users=1, pairs=4, repeated_pairs=1, pairs_in_train=1, pairs_in_valid=1
    )
    assert count_held_out(data, "test") == found.counts
    kept = count_held_out(data, "test", drop_cold_users=False)
    assert (kept.users, kept.cold_users, kept.pairs) == (4, 0, 5)
    assert count_held_out(data) == Counts(2, 0, 2, 0, 0, 0)


def test_a_sample_of_users_is_that_of_the_seed(data) -> None:
    found = held_out(data, "test", True, "evaluate", num_users=2, seed=5)
    again = held_out(data, "test", True, "evaluate", num_users=2, seed=5)
    assert torch.equal(found.users, again.users)
    assert found.users.tolist() == sorted(found.users.tolist())
    assert set(found.pairs[0].tolist()) == set(found.users.tolist()) < {0, 1, 3}
    assert (found.counts.users, found.counts.sampled_from) == (2, 3)
    assert found.counts.pairs == found.pairs.size(1)
    drawn = {tuple(held_out(data, "test", True, "", 2, seed).users.tolist()) for seed in range(20)}
    assert drawn == {(0, 1), (0, 3), (1, 3)}
    assert count_held_out(data, "test", num_users=3) == count_held_out(data, "test")


def test_an_empty_split(data) -> None:
    data[INTERACTS][TEST] = torch.empty(2, 0, dtype=torch.int64)
    assert count_held_out(data, "test") == Counts(0, 0, 0, 0, 0, 0)
    del data[INTERACTS][VALID]
    assert count_held_out(data, "valid") == Counts(0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (torch.tensor([[0], [4]]), r"'test_label_index' needs to be items from 0 to 3 .*\(4, 4\)"),
        (torch.tensor([[-1], [0]]), "'test_label_index' needs to be users from 0 to 4"),
        (torch.tensor([[0.0], [1.0]]), r"needs to be int64 user-item pairs \[2, P\] .*float32"),
        (torch.tensor([[True], [True]]), "needs to be int64"),
        (torch.zeros(3, 2, dtype=torch.int64), "needs to be int64"),
        ([[0], [1]], "needs to be int64 .*'list'"),
    ],
)
def test_pairs_of_no_such_graph(data, pairs, message) -> None:
    data[INTERACTS][TEST] = pairs
    with pytest.raises(ValueError, match=message):
        count_held_out(data, "test")


def test_wrong_arguments(data) -> None:
    with pytest.raises(ValueError, match="'split' needs to be one of"):
        count_held_out(data, ["test"])
    with pytest.raises(ValueError, match="'drop_cold_users' needs to be True or False"):
        count_held_out(data, drop_cold_users=1)
    with pytest.raises(ValueError, match="'data' needs to be a graph"):
        count_held_out([data])
