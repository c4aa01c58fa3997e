import pytest
import torch
import torch.nn.functional as F

from pygmmrec.nn import EarlyFusion

SIZES = {"m0": 5, "m1": 2}
AVAILABLE = {"m1": torch.tensor([True, False, True, True])}


@pytest.fixture
def x() -> dict[str, torch.Tensor]:
    return {name: torch.randn(4, size, dtype=torch.float64) for name, size in SIZES.items()}


def test_each_branch_is_a_quadratic_mean(x) -> None:
    layer, item = EarlyFusion(SIZES, 3, 7).double(), torch.randn(4, 3, dtype=torch.float64)
    own, m0, m1 = layer(item, x, AVAILABLE)
    first, _, second = layer.own
    g = F.leaky_relu(item @ first.weight.t() + first.bias) @ second.weight.t() + second.bias
    torch.testing.assert_close(own, (item**2 / 2 + g**2 / 2 + 1e-8) ** 0.5)
    for name, branch in (("m0", m0), ("m1", m1)):
        first, second = layer.project.hidden.lins[name], layer.project.out.lins[name]
        g = F.leaky_relu(x[name] @ first.weight.t() + first.bias, 0.01) @ second.weight.t() + second.bias
        if name == "m1":
            g[1] = 0
        torch.testing.assert_close(branch, (item**2 / 2 + g**2 / 2 + 1e-8) ** 0.5)


def test_gradients_also_of_items_of_zeros_without_a_modality(x) -> None:
    layer, item = EarlyFusion(SIZES, 3, 4).double(), torch.randn(4, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda item: layer(item, x, AVAILABLE), item.requires_grad_())
    zero = torch.zeros(4, 3, dtype=torch.float64, requires_grad=True)
    layer(zero, x, AVAILABLE)[2].sum().backward()
    assert zero.grad.isfinite().all()


def test_reset_repr_and_errors(x) -> None:
    layer = EarlyFusion(SIZES, 3, 4)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    layer.reset_parameters()
    changed = [name for name, value in layer.state_dict().items() if not torch.equal(value, before[name])]
    assert [name for name in before if name.endswith("weight")] == changed
    assert repr(layer) == "EarlyFusion({'m0': 5, 'm1': 2}, 3, 4)"
    with pytest.raises(ValueError, match="'hidden_channels' needs to be at least 1 in 'EarlyFusion'"):
        EarlyFusion(SIZES, 3, 0)
    with pytest.raises(ValueError, match="at least one modality"):
        EarlyFusion({}, 3, 4)
