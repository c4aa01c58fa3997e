import pytest
import torch
import torch.nn.functional as F

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import RefinedPropagation


@pytest.fixture
def adj() -> Adj:
    """Five users, four items; user 4 and item 3 have no edge. [I, U]"""
    edge_index = torch.tensor([[0, 0, 1, 1, 2, 3, 3], [0, 1, 1, 2, 0, 0, 2]])
    return Adj.from_edge_index(edge_index, torch.rand(7, dtype=torch.float64) + 0.1, size=(5, 4))


def dense(x_user, x_item, adj: Adj, num_layers: int, first: bool) -> torch.Tensor:
    """By a square matrix, of one block."""
    square = torch.zeros(9, 9, dtype=torch.float64)
    square[5:, :5] = adj.to_dense()
    square[:5, 5:] = adj.to_dense().t()
    start = torch.cat([x_user, x_item])
    layers = [start]
    for _ in range(num_layers):
        layer = square @ layers[-1]
        layers.append(F.cosine_similarity(layer, start, dim=1, eps=1e-12)[:, None] * layer)
    return sum(layers if first else layers[1:])


@pytest.mark.parametrize(("num_layers", "first"), [(1, False), (3, False), (0, True), (2, True)])
def test_one_block_is_the_dense_formula(adj, num_layers, first) -> None:
    x_user, x_item = torch.randn(5, 3, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    out = RefinedPropagation(num_layers, first=first)(x_user, x_item, adj)
    torch.testing.assert_close(torch.cat(out), dense(x_user, x_item, adj, num_layers, first))


def test_blocks_are_refined_each_by_itself(adj) -> None:
    x_user, x_item = torch.randn(5, 6, dtype=torch.float64), torch.randn(4, 6, dtype=torch.float64)
    out = RefinedPropagation(3, num_blocks=2)(x_user, x_item, adj)
    single = RefinedPropagation(3)
    halves = [single(x_user[:, part], x_item[:, part], adj) for part in (slice(3), slice(3, 6))]
    torch.testing.assert_close(out.user, torch.cat([half.user for half in halves], dim=1))
    torch.testing.assert_close(out.item, torch.cat([half.item for half in halves], dim=1))


def test_the_gradient_goes_through_cosines_and_isolated_nodes(adj) -> None:
    layer = RefinedPropagation(2, first=True, num_blocks=2)
    x = [torch.randn(n, 4, dtype=torch.float64, requires_grad=True) for n in (5, 4)]
    assert torch.autograd.gradcheck(lambda user, item: layer(user, item, adj), x)
    with torch.no_grad():
        assert not RefinedPropagation(2)(*x, adj).user[4].any()


def test_repr_and_errors(adj) -> None:
    assert repr(RefinedPropagation(2)) == "RefinedPropagation(num_layers=2, first=False, num_blocks=1)"
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 1 in 'RefinedPropagation'"):
        RefinedPropagation(0)
    with pytest.raises(ValueError, match="'num_blocks' needs to be at least 1"):
        RefinedPropagation(2, num_blocks=0)
