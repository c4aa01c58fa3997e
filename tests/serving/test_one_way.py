"""New users are told by a graph and tell it nothing."""

import torch

from pygmmrec.models import CRANE, MMGCN, LightGCN
from pygmmrec.serving.extend import own_transforms
from pygmmrec.serving.one_way import can_follow, one_way
from pygmmrec.testing.graphs import toy_data
from pygmmrec.transforms import BipartiteNorm, UserGraph
from pygmmrec.typing import INTERACTS, PROFILES, REV_INTERACTS


def test_a_user_of_the_same_items_has_the_weights_of_the_other() -> None:
    for model, norm in ((CRANE, "sym"), (MMGCN, "row")):
        data = model.prepare(toy_data(dtype=torch.float32))
        edges = data[INTERACTS].edge_index
        items = edges[1][edges[0] == 4].flip(0)  # in any order
        graph = one_way(data, torch.zeros_like(items), items, 1, norm)
        for edge_type in [REV_INTERACTS, *([PROFILES] if model is CRANE else [])]:
            matrix = graph[edge_type].matrix.to_dense()
            torch.testing.assert_close(matrix[-1], matrix[4])
            assert torch.equal(matrix[:-1], data[edge_type].matrix.to_dense())
            assert graph[edge_type].num_edges == data[edge_type].num_edges + len(items)


def test_items_hear_nothing_of_new_users() -> None:
    data = LightGCN.prepare(toy_data())
    num_users = data["user"].num_nodes
    graph = one_way(data, torch.tensor([0, 1, 1]), torch.tensor([2, 2, 3]), 2, "sym")
    to_item = graph[INTERACTS].matrix
    assert to_item.to_dense()[:, num_users:].count_nonzero() == 0
    assert torch.equal(to_item.to_dense()[:, :num_users], data[INTERACTS].matrix.to_dense())
    assert to_item.t() is graph[REV_INTERACTS].matrix  # which has the new users
    assert to_item.t().num_rows == num_users + 2
    assert data["user"].num_nodes == num_users


def test_which_preparations_it_can_follow() -> None:
    assert can_follow(own_transforms(LightGCN(2, 2), {}))
    assert not can_follow([BipartiteNorm(), UserGraph(2)])
