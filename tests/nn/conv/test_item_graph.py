import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import ItemGraphConv

NUM_ITEMS = 8


@pytest.fixture
def edges() -> torch.Tensor:
    """A directed graph, as a kNN graph is."""
    edges = (torch.rand(NUM_ITEMS, NUM_ITEMS) < 0.4).nonzero().t()
    assert set(map(tuple, edges.t().tolist())) != set(map(tuple, edges.flip(0).t().tolist()))
    return edges


@pytest.mark.parametrize("num_layers", range(4))
@pytest.mark.parametrize("as_matrix", [True, False])
def test_powers_of_the_graph_with_gradients_to_features_and_edges(
    edges, to_dense, num_layers, as_matrix
) -> None:
    x = torch.randn(NUM_ITEMS, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(edges.size(1), dtype=torch.float64, requires_grad=True)
    factor = torch.randn(NUM_ITEMS, 3, dtype=torch.float64)
    size = (NUM_ITEMS, NUM_ITEMS)
    graph = (Adj.from_edge_index(edges, weight, size=size),) if as_matrix else (edges, weight)
    actual = ItemGraphConv(num_layers)(x, *graph)

    src, dst = edges
    matrix = torch.zeros(NUM_ITEMS, NUM_ITEMS, dtype=torch.float64).index_put((dst, src), weight)
    assert torch.equal(matrix.detach(), to_dense(edges, weight.detach(), size))
    expected = torch.linalg.matrix_power(matrix, num_layers) @ x
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
    inputs = (x, weight) if num_layers else (x,)
    grads = [torch.autograd.grad((out * factor).sum(), inputs) for out in (actual, expected)]
    for left, right in zip(*grads, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("num_layers", range(3))
@pytest.mark.parametrize("weighted", [False, True])
def test_some_rows_are_those_of_all_with_their_gradients(edges, num_layers, weighted) -> None:
    x = torch.randn(NUM_ITEMS, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(edges.size(1), dtype=torch.float64, requires_grad=weighted)
    adj = Adj.from_edge_index(edges, weight, size=(NUM_ITEMS, NUM_ITEMS))
    at, module = torch.tensor([6, 0, 6]), ItemGraphConv(num_layers)
    found, expected = module(x, adj, at=at), module(x, adj)[at]
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    inputs, factor = (x, weight) if weighted and num_layers else (x,), torch.randn(3, 3, dtype=torch.float64)
    grads = [torch.autograd.grad(out, inputs, factor, retain_graph=True) for out in (found, expected)]
    torch.testing.assert_close(*grads, rtol=1e-12, atol=1e-12)


def test_repr_and_errors(edges) -> None:
    assert repr(ItemGraphConv(2)) == "ItemGraphConv(num_layers=2)"
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0 in 'ItemGraphConv'"):
        ItemGraphConv(-1)
    adj = Adj.from_edge_index(edges, size=(NUM_ITEMS, NUM_ITEMS))
    with pytest.raises(ValueError, match=r"'adj' needs to be of shape \[7, 7\]"):
        ItemGraphConv()(torch.randn(7, 3), adj)
