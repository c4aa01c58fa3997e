import pytest
import torch

from pygmmrec.models import LightGCN
from pygmmrec.transforms.graph_view import AUGMENTATIONS, graph_view, renormalized
from pygmmrec.typing import INTERACTS


@pytest.fixture
def adj(toy_data):
    return LightGCN.prepare(toy_data())[INTERACTS].matrix


def test_what_is_left_is_weighted_by_its_own_degrees(adj) -> None:
    keep = torch.rand(adj.nnz) < 0.6
    known = torch.zeros(11, 9)
    known[adj.row[keep], adj.col[keep]] = 1
    item, user = known.sum(1).clamp(min=1).rsqrt(), known.sum(0).clamp(min=1).rsqrt()
    torch.testing.assert_close(renormalized(adj, keep).to_dense(), item[:, None] * known * user)


def test_edges_are_a_budget_and_differ_from_draw_to_draw(adj) -> None:
    one, two = graph_view(adj, 0.3), graph_view(adj, 0.3)
    assert one.nnz == two.nnz == int(0.7 * adj.nnz)
    assert not torch.equal(one.to_dense() > 0, two.to_dense() > 0)
    assert (adj.to_dense()[one.row, one.col] > 0).all()
    torch.testing.assert_close(graph_view(adj, 0.0).to_dense(), adj.to_dense())


def test_nodes_go_with_all_their_edges(adj) -> None:
    left, full = graph_view(adj, 0.3, "nodes").to_dense() > 0, adj.to_dense() > 0
    items, users = left.any(1), left.any(0)
    assert int((~items).sum()) >= int(0.3 * 11) > 0
    assert int((~users).sum()) >= int(0.3 * 9) > 0
    assert torch.equal(left[items][:, users], full[items][:, users])


def test_errors(adj) -> None:
    assert AUGMENTATIONS[:2] == ("edges", "nodes")
    with pytest.raises(ValueError, match="'kind' needs to be one of"):
        graph_view(adj, 0.1, "walk")
    with pytest.raises(ValueError, match=r"'p' needs to be in \[0, 1\) in 'graph_view'"):
        graph_view(adj, 1.0)
