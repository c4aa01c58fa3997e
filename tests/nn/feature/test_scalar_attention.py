import pytest
import torch

from pygmmrec.nn import ScalarAttention


@pytest.mark.parametrize("places", [(), (5,), (4, 3)])
def test_gates_of_places_instead_of_elements(places) -> None:
    module, x = ScalarAttention(6).double(), torch.randn(20, 6, *places, dtype=torch.float64).relu()
    assert module(x).shape == (20, 1, *places)
    gated = module(x) * x
    for n in range(20):
        u = x[n].reshape(6, -1)
        channel = (module.weight[0] @ u.mean(dim=1)).relu()
        place = torch.sigmoid(module.weight[1] @ u)
        expected = torch.maximum(channel * u, place * u)
        torch.testing.assert_close(gated[n].reshape(6, -1), expected, rtol=1e-10, atol=1e-10)
    module.weight.data[0] = 5
    assert (module(x) > 1).any()


def test_gradients() -> None:
    module = ScalarAttention(4).double()
    module.weight.data[0].abs_().mul_(2)
    x = (torch.randn(30, 4, dtype=torch.float64).relu() + 0.1).requires_grad_()
    assert torch.autograd.gradcheck(lambda *_: module(x), (x, module.weight))
    module(x).sum().backward()
    assert module.weight.grad.ne(0).all()


def test_reset_parameters_repr_and_errors() -> None:
    module = ScalarAttention(16)
    torch.nn.init.constant_(module.weight, 77)
    module.reset_parameters()
    assert 0.2 < float(module.weight.detach().abs().max()) <= 0.25
    assert repr(module) == "ScalarAttention(16)"
    with pytest.raises(ValueError, match="'channels' needs to be at least 1 in 'ScalarAttention'"):
        ScalarAttention(0)
