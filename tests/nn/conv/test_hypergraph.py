import pytest
import torch

from pygmmrec.nn import HypergraphPropagation
from pygmmrec.typing import Embeddings


def incidence(num_users: int = 5, num_items: int = 7, num_hyperedges: int = 3) -> Embeddings:
    sizes = (num_users, num_hyperedges), (num_items, num_hyperedges)
    return Embeddings(*(torch.rand(*size, dtype=torch.float64, requires_grad=True) for size in sizes))


@pytest.mark.parametrize("num_layers", [1, 2, 4])
def test_values_and_gradients_as_powers_of_one_matrix(num_layers) -> None:
    h = incidence()
    item = torch.randn(7, 2, dtype=torch.float64, requires_grad=True)
    out = HypergraphPropagation(num_layers)(item, h)
    before = torch.linalg.matrix_power(h.item @ h.item.t(), num_layers - 1) @ item
    expected = h.user @ h.item.t() @ before, h.item @ h.item.t() @ before
    for actual, wanted in zip(out, expected, strict=True):
        torch.testing.assert_close(actual, wanted, rtol=1e-10, atol=1e-10)
    inputs, factors = (item, *h), [torch.randn_like(side) for side in out]
    grads = [
        torch.autograd.grad(sum((f * x).sum() for f, x in zip(factors, sides, strict=True)), inputs)
        for sides in (out, expected)
    ]
    for actual, wanted in zip(*grads, strict=True):
        torch.testing.assert_close(actual, wanted, rtol=1e-10, atol=1e-10)


def test_nodes_of_one_hyperedge_are_equal_wherever_they_are() -> None:
    h = Embeddings(torch.eye(2)[[0, 1]], torch.eye(2)[[0, 0, 1]])
    item = torch.tensor([[1.0], [2.0], [5.0]])
    out = HypergraphPropagation()(item, h)
    assert out.user.flatten().tolist() == [3, 5]
    assert out.item.flatten().tolist() == [3, 3, 5]


def test_a_share_of_the_incidence_is_dropped_in_training_only() -> None:
    ones = Embeddings(torch.ones(50, 4), torch.ones(60, 4))
    module = HypergraphPropagation(p=0.75)
    item = torch.ones(60, 1)
    out = module(item, ones)
    # Each product keeps an entry with probability 1/4, four times as large: means stay.
    assert 0.8 < out.user.mean() / (4 * 60) < 1.2
    assert out.item.unique().numel() > 1
    assert out.user.unique().numel() > 1
    assert module.eval()(item, ones).user.eq(4 * 60).all()


def test_repr_and_errors() -> None:
    assert repr(HypergraphPropagation(2, p=0.3)) == "HypergraphPropagation(num_layers=2, p=0.3)"
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 1 in 'HypergraphPropagation'"):
        HypergraphPropagation(0)
    for p in (-0.1, 1.0):
        with pytest.raises(ValueError, match=r"'p' needs to be in \[0, 1\)"):
            HypergraphPropagation(p=p)
