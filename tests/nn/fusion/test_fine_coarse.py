import pytest
import torch

from pygmmrec.nn import FineCoarse

NAMES = ["b", "a", "c"]
"""Not in the order of the alphabet."""


def build(num_modalities: int, channels: int = 5, **kwargs) -> FineCoarse:
    layer = FineCoarse(NAMES[:num_modalities], channels, **kwargs).double()
    for name, value in layer.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(value)
    return layer


def inputs(num_modalities: int, channels: int = 5) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    x = torch.randn(num_modalities + 1, 7, channels, dtype=torch.float64)
    return x[0], dict(zip(NAMES, x[1:], strict=False))


@pytest.mark.parametrize("two_steps", [False, True])
@pytest.mark.parametrize("num_modalities", [1, 2, 3])
def test_values_are_the_formula(num_modalities, two_steps) -> None:
    layer, (x, modalities) = build(num_modalities, two_steps=two_steps), inputs(num_modalities)
    pairs = layer(x, modalities)
    assert list(pairs) == NAMES[:num_modalities]
    state = layer.state_dict()
    for m, name in enumerate(pairs):
        last = m == num_modalities - 1 and m > 0
        if last and two_steps:
            x = x @ state["between.weight"].t() + state["between.bias"]
        x = x @ state[f"joint.{name}.weight"].t() + state[f"joint.{name}.bias"]
        own = modalities[name] @ state[f"own.{name}.weight"].t()
        torch.testing.assert_close(pairs[name][0], x, rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(pairs[name][1], own, rtol=1e-10, atol=1e-10)
        assert x.shape == own.shape == (7, 2 if last else 5)
    assert any("between" in name for name in state) == (two_steps and num_modalities > 1)


@pytest.mark.parametrize("two_steps", [False, True])
def test_gradients_reach_every_weight_and_are_right(two_steps) -> None:
    layer, (x, modalities) = build(3, two_steps=two_steps), inputs(3)

    def run(x, *views):
        return tuple(y for pair in layer(x, dict(zip(NAMES, views, strict=True))).values() for y in pair)

    views = [value.requires_grad_() for value in (x, *modalities.values())]
    assert torch.autograd.gradcheck(run, views)
    sum(y.square().sum() for y in run(*views)).backward()
    assert all(value.grad.ne(0).all() for value in layer.parameters())


def test_reset_and_repr() -> None:
    layer = build(2, two_steps=True)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    layer.reset_parameters()
    for name, value in layer.state_dict().items():
        assert value.eq(0).all() if name.endswith("bias") else not torch.equal(value, before[name])
    assert repr(layer) == "FineCoarse(['b', 'a'], 5, two_steps=True)"
    assert FineCoarse(["a", "b"], 1).joint["b"].out_features == 1


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match="'modalities' needs to be at least one name in 'FineCoarse'"):
        FineCoarse([], 4)
    with pytest.raises(ValueError, match=r"'channels' needs to be at least 1 in 'FineCoarse' \(got 0\)"):
        FineCoarse(["a"], 0)
