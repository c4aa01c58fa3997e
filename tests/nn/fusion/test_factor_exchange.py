import pytest
import torch

from pygmmrec.nn import FactorExchange


@pytest.mark.parametrize("num_factors", [1, 2, 5])
def test_against_the_formula_factor_by_factor(num_factors) -> None:
    views = torch.randn(2, 3, num_factors, 4, dtype=torch.float64)
    found = FactorExchange()(*views)
    for (q, k), out in zip((views, views.flip(0)), found, strict=True):
        for b in range(3):
            for f in range(num_factors):
                near = torch.stack([-(q[b, f] - k[b, j]).abs().sum() for j in range(num_factors)])
                gate = torch.sigmoid(near - near.mean())
                expected = sum(torch.tanh(q[b, f] @ k[b, j]) * gate[j] * k[b, j] for j in range(num_factors))
                torch.testing.assert_close(out[b, f], expected, rtol=1e-12, atol=1e-12)


def test_gradient() -> None:
    x = [torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    assert torch.autograd.gradcheck(FactorExchange(), x)


def test_wrong_shapes_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'a' needs to be of shape \[B, K, D\] in 'FactorExchange'"):
        FactorExchange()(torch.zeros(3, 4), torch.zeros(3, 4))
    with pytest.raises(ValueError, match=r"'b' needs to be of shape \[2, 3, 4\]"):
        FactorExchange()(torch.zeros(2, 3, 4), torch.zeros(2, 1, 4))
