import copy

import pytest
import torch

from pygmmrec.nn import MultiScale
from pygmmrec.nn.feature.multi_scale import multi_scale_ref

SHAPES = {"nodes": [(7, 4)], "tokens": [(5, 9, 4), (2, 40, 4)], "maps": [(3, 4, 5, 7), (2, 4, 23, 1)]}
CASES = [(layout, shape) for layout, shapes in SHAPES.items() for shape in shapes]


def inputs(layout: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Channels in the second place."""
    x = torch.randn(shape, dtype=torch.float64)
    return (x.transpose(1, 2) if layout == "tokens" else x).contiguous().requires_grad_()


@pytest.mark.parametrize(("layout", "shape"), CASES)
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_the_same_as_the_literal_convolutions(layout, shape, batch_norm, training) -> None:
    ours = MultiScale(4, layout=layout, batch_norm=batch_norm).double().train(training)
    theirs, x = copy.deepcopy(ours), inputs(layout, shape)
    outs = ours(x), multi_scale_ref(theirs, x)
    assert outs[0].shape == (x.size(0), 20, *x.shape[2:])
    torch.testing.assert_close(*outs, rtol=1e-10, atol=1e-10)
    target = torch.randn_like(outs[0])
    grads = [
        torch.autograd.grad((out * target).sum(), [x, *module.parameters()])
        for out, module in zip(outs, (ours, theirs), strict=True)
    ]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
    for actual, expected in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(actual.double(), expected.double(), rtol=1e-10, atol=1e-10)


def test_tokens_by_hand() -> None:
    """Taps reach 6, 12 and 18 places to either side, and zeros beyond the ends."""
    module = MultiScale(1, layout="tokens")
    x = torch.arange(1.0, 41.0).view(1, 1, 40)
    with torch.no_grad():
        module.point.fill_(2)
        module.dilated.copy_(torch.tensor([1.0, 10.0, 100.0]))
        module.pooled.fill_(3)
        module.bias.copy_(torch.tensor([0.5, 0, 0, 0, 1000]))
    out = module(x)[0]
    place = 20  # holds 21
    around = [10 * 21 + (21 - d) + 100 * (21 + d) for d in (6, 12, 18)]
    assert out[:, place].tolist() == pytest.approx([42.5, *around, 3 * 20.5 + 1000])
    first = [10 * 1 + 100 * (1 + d) for d in (6, 12, 18)]
    assert out[1:4, 0].tolist() == pytest.approx(first)


def test_weights_start_as_those_of_the_whole_kernels() -> None:
    for layout in ("nodes", "tokens", "maps"):
        module = MultiScale(16, layout=layout)
        for weight, bound in ((module.point, 1 / 4), (module.dilated, 1 / 12), (module.pooled, 1 / 4)):
            assert 0.9 * bound < float(weight.detach().abs().max()) <= bound
        biases = module.bias.detach().abs().view(5, 16).amax(dim=1)
        assert (biases <= torch.tensor([1 / 4, 1 / 12, 1 / 12, 1 / 12, 1 / 4])).all()
        assert (biases > torch.tensor([1 / 4, 1 / 12, 1 / 12, 1 / 12, 1 / 4]) / 2).all()


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize(
    ("layout", "shape"), [("nodes", (9, 4)), ("tokens", (4, 19, 4)), ("maps", (4, 4, 19, 20))]
)
def test_a_gradient_reaches_every_element(layout, shape, batch_norm) -> None:
    module = MultiScale(4, layout=layout, batch_norm=batch_norm).double()
    out = module(inputs(layout, shape))
    (out * torch.randn_like(out)).sum().backward()
    assert all(value.grad.ne(0).all() for value in module.parameters())


@pytest.mark.parametrize("layout", ["nodes", "maps"])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_reset_parameters(layout, batch_norm) -> None:
    module = MultiScale(4, layout=layout, batch_norm=batch_norm)
    for value in module.parameters():
        torch.nn.init.constant_(value, 77)
    module(inputs(layout, SHAPES[layout][0]).float())
    module.reset_parameters()
    assert not any(value.eq(77).any() for value in module.parameters())
    for name, value in module.named_buffers():
        assert value.eq(1 if name.endswith("var") else 0).all()


def test_repr_and_errors() -> None:
    module = MultiScale(4, layout="tokens", batch_norm=True)
    assert repr(module) == "MultiScale(4, layout='tokens', batch_norm=True)"
    with pytest.raises(ValueError, match=r"'layout' needs to be one of .* in 'MultiScale' \(got 'graph'\)"):
        MultiScale(4, layout="graph")
    with pytest.raises(ValueError, match="'channels' needs to be at least 1"):
        MultiScale(0)
    with pytest.raises(ValueError, match=r"'x' needs to be of 3 dimensions with 4 channels .*\[7, 4\]"):
        module(torch.zeros(7, 4))
    with pytest.raises(ValueError, match=r"'x' needs to be of 2 dimensions with 4 channels .*\[7, 5\]"):
        MultiScale(4)(torch.zeros(7, 5))
