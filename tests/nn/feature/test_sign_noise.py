import pytest
import torch

from pygmmrec.nn import SignNoise


def test_noise_is_of_its_length_and_keeps_signs() -> None:
    x = torch.randn(50, 6, dtype=torch.float64)
    x[3, 2] = 0
    noisy = SignNoise(0.3)(x)
    change = noisy - x
    length = change.norm(dim=1)
    torch.testing.assert_close(length[:3], torch.full((3,), 0.3, dtype=torch.float64))
    assert noisy[3, 2] == 0
    assert torch.equal(noisy.sign(), x.sign())
    assert (change * x >= 0).all()


def test_it_is_the_formula_and_its_gradient_is_one() -> None:
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    layer = SignNoise(0.2)
    torch.manual_seed(3)
    out = layer(x)
    torch.manual_seed(3)
    r = torch.rand(4, 3, dtype=torch.float64)
    torch.testing.assert_close(out, x + 0.2 * x.sign() * r / r.norm(dim=1, keepdim=True))
    out.sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))


def test_without_training_or_length_nothing_is_added() -> None:
    x = torch.randn(4, 3)
    assert torch.equal(SignNoise(0.2).eval()(x), x)
    assert torch.equal(SignNoise(0.0)(x), x)


def test_repr_and_error() -> None:
    assert repr(SignNoise(0.2)) == "SignNoise(eps=0.2)"
    with pytest.raises(ValueError, match="'eps' needs to be at least 0 in 'SignNoise'"):
        SignNoise(-0.1)
