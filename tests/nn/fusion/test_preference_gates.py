import pytest
import torch

from pygmmrec.nn import PreferenceGates


@pytest.mark.parametrize("num_modalities", [1, 2, 3])
def test_against_the_formula(num_modalities: int) -> None:
    names = [f"m{m}" for m in range(num_modalities)]
    layer = PreferenceGates(names, 4).double().eval()
    for weight in layer.parameters():
        torch.nn.init.normal_(weight)
    views = {name: torch.randn(6, 4, dtype=torch.float64) for name in [*names, "fused"]}
    e = torch.randn(6, 4, dtype=torch.float64)
    expected = 0
    for name, view in views.items():
        if name != "fused":
            key, value = layer.key[name], layer.value[name].weight
            logit = (views["fused"] @ key.weight.t() + key.bias).tanh() @ value.t()
            view = logit.exp() / logit.exp().sum(dim=1, keepdim=True) * view
        gate = e @ layer.gates[name].weight.t() + layer.gates[name].bias
        expected = expected + view / (1 + (-gate).exp())
    torch.testing.assert_close(layer(views, e), expected / (num_modalities + 1))


def test_training_drops_some_of_the_gates() -> None:
    layer = PreferenceGates(["m0"], 4, p=0.5)
    views = {name: torch.ones(2000, 4) for name in ("m0", "fused")}
    e = torch.zeros(2000, 4)
    whole = layer.eval()(views, e)
    drawn = layer.train()(views, e)
    assert 0.2 < (drawn == 0).double().mean() < 0.3  # both gates
    assert abs(drawn.mean() / whole.mean() - 1) < 0.1


def test_all_weights_are_drawn_again() -> None:
    layer = PreferenceGates(["m0", "m1"], 4)
    for weight in layer.parameters():
        torch.nn.init.constant_(weight, 7.0)
    layer.reset_parameters()
    assert not any((weight == 7.0).any() for weight in layer.parameters())


def test_its_text_and_wrong_arguments() -> None:
    assert repr(PreferenceGates(["m0"], 4)) == "PreferenceGates(['m0'], 4, p=0.1, fused='fused')"
    with pytest.raises(ValueError, match="'modalities' needs to be other names than 'fused'"):
        PreferenceGates(["fused"], 4)
    with pytest.raises(ValueError, match="'p' needs to be"):
        PreferenceGates(["m0"], 4, p=1.0)
    with pytest.raises(ValueError, match="views that include 'fused'"):
        PreferenceGates(["m0"], 4)({"m0": torch.zeros(2, 4)}, torch.zeros(2, 4))
