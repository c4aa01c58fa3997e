import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import LightGCNPropagation, OneSidedPropagation
from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.typing import INTERACTS


@pytest.fixture
def to_item(toy_data) -> Adj:
    return ToAdj()(BipartiteNorm()(toy_data()))[INTERACTS].matrix.to(torch.float64)


@pytest.mark.parametrize("num_layers", range(6))
def test_both_sides_add_up_to_the_mean_of_powers(to_item, num_layers) -> None:
    user = torch.randn(9, 4, dtype=torch.float64, requires_grad=True)
    item = torch.randn(11, 4, dtype=torch.float64, requires_grad=True)
    layer, to_user = OneSidedPropagation(num_layers), to_item.t()
    from_user, from_item = layer(user, to_item, to_user), layer(item, to_user, to_item)
    out = from_user[0] + from_item[1], from_user[1] + from_item[0]
    expected = LightGCNPropagation(num_layers)(user, item, to_item)
    factors = torch.randn(9, 4, dtype=torch.float64), torch.randn(11, 4, dtype=torch.float64)
    grads = [torch.autograd.grad(pair, (user, item), factors) for pair in (out, expected)]
    for left, right in zip((*out, *grads[0]), (*expected, *grads[1]), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("num_layers", [0, 1, 2, 3, 4])
def test_values_are_the_dense_sums_and_gradients_are_right(to_item, num_layers) -> None:
    x = torch.randn(11, 3, dtype=torch.float64, requires_grad=True)
    to_user = to_item.t()
    there, back = to_user.to_dense(), to_item.to_dense()
    powers = [torch.linalg.matrix_power(back @ there, n) @ x for n in range(num_layers + 1)]
    own = sum(powers[n] for n in range(num_layers + 1) if 2 * n <= num_layers) / (num_layers + 1)
    other = sum((there @ powers[n] for n in range(num_layers + 1) if 2 * n < num_layers), torch.zeros(9, 3))
    layer = OneSidedPropagation(num_layers)
    out = layer(x, to_user, to_item)
    torch.testing.assert_close(out[0], own, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(out[1], other.double() / (num_layers + 1), rtol=1e-10, atol=1e-10)
    assert torch.autograd.gradcheck(lambda x: layer(x, to_user, to_item), x)


def test_repr_and_wrong_arguments(to_item) -> None:
    assert repr(OneSidedPropagation()) == "OneSidedPropagation(num_layers=2)"
    with pytest.raises(ValueError, match=r"'num_layers' needs to be at least 0 in 'OneSidedPropagation'"):
        OneSidedPropagation(-1)
    with pytest.raises(ValueError, match=r"'x' needs to be of shape \[9, D\]"):
        OneSidedPropagation(1)(torch.zeros(11, 2), to_item, to_item.t())
