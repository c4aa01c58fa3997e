import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import SelfLoopPropagation
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.typing import INTERACTS


@pytest.fixture
def adj(toy_data, edge_index) -> Adj:
    """User 4 and item 3 have no edge."""
    adj = ToAdj()(BipartiteNorm()(toy_data(edge_index, 5, 4)))[INTERACTS].matrix
    return adj.to(torch.float64)


@pytest.mark.parametrize("num_layers", [0, 1, 3])
def test_values_and_gradients_are_those_of_the_dense_formula(adj, edge_index, num_layers) -> None:
    user = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    item = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    graph = torch.eye(9, dtype=torch.float64)
    graph[edge_index[0], edge_index[1] + 5] = graph[edge_index[1] + 5, edge_index[0]] = 1
    graph = graph / graph.sum(dim=1, keepdim=True)
    layers = [torch.cat([user, item])]
    for _ in range(num_layers):
        layers.append(graph @ layers[-1])
    expected = torch.stack(layers).mean(dim=0)
    out = torch.cat(SelfLoopPropagation(num_layers)(user, item, adj))
    torch.testing.assert_close(out, expected, rtol=1e-6, atol=1e-6)  # weights were made in float32
    factor = torch.randn(9, 3, dtype=torch.float64)
    for left, right in zip(
        torch.autograd.grad((out * factor).sum(), [user, item]),
        torch.autograd.grad((expected * factor).sum(), [user, item]),
        strict=True,
    ):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_a_node_without_edges_keeps_its_own(adj) -> None:
    user, item = torch.randn(5, 2, dtype=torch.float64), torch.randn(4, 2, dtype=torch.float64)
    out = SelfLoopPropagation(2)(user, item, adj)
    torch.testing.assert_close(out.user[4], user[4])
    torch.testing.assert_close(out.item[3], item[3])


def test_repr_and_errors(adj) -> None:
    assert repr(SelfLoopPropagation(3)) == "SelfLoopPropagation(num_layers=3)"
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0 in 'SelfLoopPropagation'"):
        SelfLoopPropagation(-1)
    with pytest.raises(ValueError, match=r"'adj' needs to be of shape \[4, 6\]"):
        SelfLoopPropagation()(torch.randn(6, 2), torch.randn(4, 2), adj)
