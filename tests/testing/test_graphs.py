import pytest
import torch

from pygmmrec.data.validate import validate_hetero_data
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.testing.graphs import (
    all_triplets,
    hold_out,
    name_nodes,
    neighbourhood,
    ring_data,
    toy_data,
)
from pygmmrec.typing import INTERACTS, REV_INTERACTS, VALID, item_edge_type


@pytest.mark.parametrize("make", [toy_data, ring_data])
def test_graphs_are_laid_out_as_the_library_reads_them(make) -> None:
    data = make()
    for key in ("m0", "m1"):
        data["item"][key] = data["item"][key].float()
    validate_hetero_data(data)
    user, item = data[INTERACTS].edge_index
    assert user.unique().numel() == data["user"].num_nodes
    assert torch.equal(make()[INTERACTS].edge_index, data[INTERACTS].edge_index)
    assert [list(data["item"][key].shape) for key in ("m0", "m1")] == [
        [item.max() + 1, 5],
        [item.max() + 1, 6],
    ]


def test_a_toy_graph_of_given_edges() -> None:
    data = toy_data(torch.tensor([[1, 0], [0, 2]]), 2, 3, num_modalities=1, dtype=torch.float32)
    assert data[INTERACTS].edge_index.tolist() == [[0, 1], [2, 0]]
    assert data[REV_INTERACTS].edge_index.tolist() == [[0, 2], [1, 0]]
    assert list(data["item"].keys()) == ["num_nodes", "m0"]
    assert data["item"].m0.dtype == torch.float32


def test_rings_differ_by_seed_and_users_have_what_is_near() -> None:
    data = ring_data(100, 100, seed=1)
    assert not torch.equal(data[INTERACTS].edge_index, ring_data(100, 100, seed=2)[INTERACTS].edge_index)
    away = (data[INTERACTS].edge_index[0] - data[INTERACTS].edge_index[1]).abs()
    assert torch.minimum(away, 100 - away).max() <= 6
    x = data["item"].m0
    similar = torch.nn.functional.cosine_similarity(x[:1], x, dim=1)
    assert similar[[1, 99]].min() > 0.99 > similar[20:80].max()


def test_triplets_are_all_there_are() -> None:
    batch = all_triplets(toy_data(torch.tensor([[0, 0, 1], [0, 1, 2]]), 2, 3))
    found = set(zip(*(side.tolist() for side in batch), strict=True))
    assert found == {(0, 0, 2), (0, 1, 2), (1, 2, 0), (1, 2, 1)}


def test_names_and_held_out_pairs() -> None:
    data = name_nodes(toy_data())
    assert data["item"].raw_id.raw(torch.tensor([3])).tolist() == ["item 3"]
    hold_out(data, torch.tensor([[0], [1]]))
    assert data[INTERACTS][VALID].tolist() == [[0], [1]]


def test_neighbourhoods_follow_edges_against_their_direction_also_of_a_matrix() -> None:
    """Item 0 <- 1 <- 2 on an item graph; user 0 has item 0, user 1 has item 2."""
    data = toy_data(torch.tensor([[0, 1], [0, 2]]), 2, 3, num_modalities=0)
    chain = Adj.from_edge_index(torch.tensor([[1, 2], [0, 1]]), size=(3, 3))
    data[item_edge_type("chain")].matrix = chain
    data["word", "describes", "item"].edge_index = torch.tensor([[0], [0]])
    seeds = {"user": torch.tensor([0]), "item": torch.empty(0, dtype=torch.int64)}
    expected = [([0], []), ([0], [0]), ([0], [0, 1]), ([0], [0, 1, 2]), ([0, 1], [0, 1, 2])]
    for num_hops, (users, items) in enumerate(expected):
        near = neighbourhood(data, seeds, num_hops)
        assert (near["user"].tolist(), near["item"].tolist()) == (users, items)
