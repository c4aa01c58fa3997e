import math

import pytest
import torch

from pygmmrec.nn import Denoiser


@pytest.mark.parametrize("step_channels", [4, 5])
def test_against_the_formula(step_channels) -> None:
    layer = Denoiser(6, 3, step_channels).double()
    x, step = torch.randn(2, 6, dtype=torch.float64), torch.tensor([0, 3])
    half = step_channels // 2
    for b in range(2):
        angle = [step[b].item() * 10000 ** (-j / half) for j in range(half)]
        waves = [math.cos(a) for a in angle] + [math.sin(a) for a in angle] + [0.0] * (step_channels % 2)
        emb = layer.embed.weight @ torch.tensor(waves, dtype=torch.float64) + layer.embed.bias
        joined = torch.cat([x[b], emb])
        first = torch.cat([layer.encode.t(), layer.join.weight], dim=1)
        hidden = torch.tanh(first @ joined + layer.join.bias)
        torch.testing.assert_close(layer(x, step)[b], layer.decode @ hidden + layer.bias)
    inputs = (x.requires_grad_(), *layer.parameters())
    assert torch.autograd.gradcheck(lambda x, *_: layer(x, step), inputs)


def test_reset_repr_and_errors() -> None:
    layer = Denoiser(2000, 100)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    layer.reset_parameters()
    assert all((value != before[name]).any() for name, value in layer.state_dict().items())
    assert layer.decode.std().item() == pytest.approx((2 / 2100) ** 0.5, rel=0.05)
    assert repr(layer) == "Denoiser(2000, 100, 10)"
    with pytest.raises(ValueError, match="'hidden_channels' needs to be at least 1 in 'Denoiser'"):
        Denoiser(3, 0)
    with pytest.raises(ValueError, match="'step_channels' needs to be at least 2"):
        Denoiser(3, 2, 1)
