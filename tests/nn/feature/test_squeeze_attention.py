import pytest
import torch

from pygmmrec.nn import SqueezeAttention


@pytest.mark.parametrize("places", [(), (5,), (4, 3)])
def test_the_equations(places) -> None:
    module, x = (
        SqueezeAttention(6, reduction_ratio=2).double(),
        torch.randn(3, 6, *places, dtype=torch.float64),
    )
    for n in range(3):
        f = x[n].reshape(6, -1)
        channel = torch.sigmoid(module.excite @ (module.squeeze @ f.mean(dim=1)).relu())
        place = torch.sigmoid(module.place[0, 0] * f.mean(dim=0) + module.place_bias[0])
        expected = torch.maximum(f * channel[:, None], f * place)
        torch.testing.assert_close(module(x)[n].reshape(6, -1), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("places", [(), (2,), (2, 3)])
def test_gradients(places) -> None:
    module, x = (
        SqueezeAttention(4, reduction_ratio=2).double(),
        torch.randn(2, 4, *places, dtype=torch.float64),
    )
    with torch.no_grad():
        module.squeeze.abs_()  # alive
    x = x.abs() + 0.1
    inputs = (x.requires_grad_(), *module.parameters())
    assert torch.autograd.gradcheck(lambda *_: module(x), inputs)
    module(torch.randn(60, 4, *places, dtype=torch.float64) * 3).square().sum().backward()
    assert all(value.grad.ne(0).all() for value in module.parameters())


def test_the_squeeze_has_one_unit_at_least() -> None:
    assert SqueezeAttention(5, reduction_ratio=16).squeeze.shape == (1, 5)
    assert SqueezeAttention(80).squeeze.shape == (5, 80)


def test_reset_parameters_repr_and_errors() -> None:
    module = SqueezeAttention(8, reduction_ratio=2)
    for value in module.parameters():
        torch.nn.init.constant_(value, 77)
    module.reset_parameters()
    assert not any(value.eq(77).any() for value in module.parameters())
    assert module.squeeze.abs().max() <= 8**-0.5
    assert module.excite.abs().max() <= 4**-0.5
    assert repr(module) == "SqueezeAttention(8, reduction_ratio=2)"
    with pytest.raises(ValueError, match="'reduction_ratio' needs to be at least 1 in 'SqueezeAttention'"):
        SqueezeAttention(8, reduction_ratio=0)
