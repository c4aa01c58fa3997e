import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from pygmmrec.losses import KLLoss, kl_loss


def test_closed_forms() -> None:
    log_var = torch.tensor([[0.0, math.log(2)], [0.0, 0.0]])
    of_two = -(1 + math.log(2) - 2) / 2
    assert kl_loss(log_var).item() == pytest.approx(of_two / 2)
    assert kl_loss(log_var, weight=torch.tensor([3.0, 1.0])).item() == pytest.approx(of_two * 3 / 4)
    assert kl_loss(log_var, torch.tensor([[3.0, 0.0], [0.0, 0.0]])).item() == pytest.approx(
        of_two / 2 + 9 / 4
    )


@pytest.mark.parametrize("shape", [(5, 3), (4, 2, 3)])
def test_it_is_the_divergence_from_the_standard_normal(shape) -> None:
    log_var, mean = torch.randn(shape, dtype=torch.float64), torch.randn(shape, dtype=torch.float64)
    one = torch.ones(shape, dtype=torch.float64)
    pairs = kl_divergence(Normal(mean, (log_var / 2).exp()), Normal(0 * one, one))
    torch.testing.assert_close(kl_loss(log_var, mean), pairs.flatten(1).sum(dim=1).mean())
    assert torch.equal(KLLoss()(log_var, mean), kl_loss(log_var, mean))


def test_gradient() -> None:
    x = [torch.randn(3, 2, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    weight = torch.rand(3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda a, b: kl_loss(a, b, weight=weight), x)


def test_shapes_that_differ_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"'mean' needs to be of shape \[3, 2\] in 'kl_loss'"):
        kl_loss(torch.zeros(3, 2), torch.zeros(2))
