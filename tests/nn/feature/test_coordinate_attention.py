import math

import pytest
import torch

from pygmmrec.nn import CoordinateAttention
from pygmmrec.nn.feature import coordinate_attention
from pygmmrec.nn.feature.coordinate_attention import coordinate_attention_ref


@pytest.fixture
def layer() -> CoordinateAttention:
    layer = CoordinateAttention().double()
    torch.nn.init.constant_(layer.bias, 0.3)
    return layer


def test_each_coordinate_is_a_mean_of_coordinates(layer) -> None:
    q, x = torch.randn(2, 3, dtype=torch.float64), torch.randn(2, 3, dtype=torch.float64)
    w_q, w_k, w_v, w_o = layer.weight.tolist()
    for n in range(2):
        for c in range(3):
            weight = [math.exp((w_q * q[n, c] + 0.3) * w_k * x[n, e]) for e in range(3)]
            mean = sum(w * w_v * x[n, e].item() for e, w in enumerate(weight)) / sum(weight)
            assert layer(q, x)[n, c].item() == pytest.approx(w_o * mean)


def test_blocks_and_their_gradients_are_the_reference(layer, monkeypatch) -> None:
    monkeypatch.setattr(coordinate_attention, "ENTRIES", 50)  # two rows at a time
    q, x = (torch.randn(7, 5, dtype=torch.float64, requires_grad=True) for _ in range(2))
    inputs = (q, x, *layer.parameters())
    ours, theirs = layer(q, x), coordinate_attention_ref(layer, q, x)
    torch.testing.assert_close(ours, theirs)
    grads = torch.autograd.grad(ours.square().sum(), inputs)
    for left, right in zip(grads, torch.autograd.grad(theirs.square().sum(), inputs), strict=True):
        torch.testing.assert_close(left, right)


def test_dropout_is_of_training_and_the_same_in_the_backward_pass(layer) -> None:
    dropping = CoordinateAttention(0.5).double()
    dropping.load_state_dict(layer.state_dict())
    q, x = torch.randn(300, 5, dtype=torch.float64), torch.randn(300, 5, dtype=torch.float64)
    x.requires_grad_()
    out = dropping(q, x)
    assert not torch.allclose(out, layer(q, x))
    (grad,) = torch.autograd.grad(out.sum(), dropping.weight)
    torch.testing.assert_close(grad[3] * dropping.weight[3], out.sum())  # linear in the last weight
    torch.testing.assert_close(dropping.eval()(q, x), layer(q, x))


def test_reset_repr_and_errors(layer) -> None:
    before = layer.weight.clone()
    layer.reset_parameters()
    assert (layer.weight != before).all()
    assert layer.bias == 0
    assert repr(CoordinateAttention(0.5)) == "CoordinateAttention(p=0.5)"
    with pytest.raises(ValueError, match=r"'p' needs to be .* in 'CoordinateAttention'"):
        CoordinateAttention(1.0)
    with pytest.raises(ValueError, match=r"'x' needs to be of shape \[2, 3\]"):
        layer(torch.ones(2, 3), torch.ones(2, 4))
