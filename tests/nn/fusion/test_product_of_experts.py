import pytest
import torch
from torch.distributions import Normal

from pygmmrec.nn import ProductOfExperts


@pytest.fixture
def experts() -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    return tuple([torch.randn(4, 2, dtype=torch.float64) for _ in range(3)] for _ in range(2))


def test_densities_multiply(experts) -> None:
    mean, log_var = experts
    mu, lv = ProductOfExperts()(mean, log_var, [None] * 3)
    at = torch.linspace(-3, 3, 7, dtype=torch.float64)[:, None, None]
    each = sum(Normal(m, v.exp().sqrt()).log_prob(at) for m, v in zip(mean, log_var, strict=True))
    rest = each - Normal(mu, lv.exp().sqrt()).log_prob(at)  # the same everywhere
    torch.testing.assert_close(rest, rest[:1].expand_as(rest), rtol=1e-6, atol=1e-6)


def test_who_knows_nothing_has_no_part(experts) -> None:
    mean, log_var = experts
    known = torch.tensor([True, False, True, True])
    mu, lv = ProductOfExperts()(mean, log_var, [None, known, None])
    two = ProductOfExperts()(mean[::2], log_var[::2], [None, None])
    three = ProductOfExperts()(mean, log_var, [None] * 3)
    torch.testing.assert_close(mu[1], two[0][1])
    torch.testing.assert_close(lv[1], two[1][1])
    torch.testing.assert_close(mu[known], three[0][known])
    inputs = [x.requires_grad_() for x in (*mean, *log_var)]
    layer = ProductOfExperts()
    assert torch.autograd.gradcheck(lambda *x: layer(x[:3], x[3:], [None, known, None]), inputs)


def test_repr_and_errors(experts) -> None:
    assert repr(ProductOfExperts()) == "ProductOfExperts()"
    with pytest.raises(ValueError, match="'mean' needs to be as many as 'log_var' and 'known'"):
        ProductOfExperts()(experts[0], experts[1][:1], [None] * 3)
