import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import ProfilePropagation


def graphs(edge_index) -> tuple[Adj, Adj, Adj]:
    """Items of users, and weighted graphs to users and to items; user 4 and item 3 have no edge."""
    ones = Adj.from_edge_index(edge_index.flip(0), torch.ones(7).double(), size=(4, 5))
    weight = torch.rand(7).double() + 0.1
    to_user = Adj.from_edge_index(edge_index.flip(0), weight, size=(4, 5))
    return ones, to_user, to_user.t()


@pytest.mark.parametrize("num_layers", [0, 1, 2, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_values_and_gradients_as_dense_products(edge_index, num_layers, masked) -> None:
    ones, to_user, to_item = graphs(edge_index)
    item = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    available = torch.tensor([False, True, True, True]) if masked else None  # nothing is left of user 2
    out = ProfilePropagation(num_layers)(item, ones, to_user, to_item, available)
    having = ones.to_dense() * (1 if available is None else available)
    expected_user = having @ item / having.sum(1, keepdim=True).clamp(min=1)
    expected_item = item
    dense = to_user.to_dense()
    for _ in range(num_layers):
        expected_user, expected_item = dense @ expected_item, dense.t() @ expected_user
    torch.testing.assert_close(out.user, expected_user, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(out.item, expected_item, rtol=1e-10, atol=1e-10)
    factors = [torch.randn_like(side) for side in out]
    grads = [
        torch.autograd.grad(sum((f * x).sum() for f, x in zip(factors, sides, strict=True)), item)[0]
        for sides in (out, (expected_user, expected_item))
    ]
    torch.testing.assert_close(*grads, rtol=1e-10, atol=1e-10)


def test_repr_and_errors(edge_index) -> None:
    assert repr(ProfilePropagation(3)) == "ProfilePropagation(num_layers=3)"
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0 in 'ProfilePropagation'"):
        ProfilePropagation(-1)
    ones, to_user, to_item = graphs(edge_index)
    with pytest.raises(ValueError, match=r"'x' needs to be of shape \[4, D\]"):
        ProfilePropagation()(torch.zeros(5, 2).double(), ones, to_user, to_item)
