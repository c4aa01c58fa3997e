import copy

import pytest
import torch

from pygmmrec.nn import DREAM
from pygmmrec.nn.feature.dream import dream_ref

CASES = [
    ("nodes", (9, 4)),
    ("tokens", (5, 9, 4)),
    ("tokens", (3, 41, 4)),
    ("maps", (3, 4, 5, 7)),
    ("maps", (2, 4, 23, 1)),
]
VARIANTS = ["paper", "released"]


def inputs(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize(("layout", "shape"), CASES)
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("out_channels", [None, 6])
@pytest.mark.parametrize("training", [False, True])
def test_the_same_as_the_equations_with_literal_convolutions(
    layout, shape, variant, out_channels, training
) -> None:
    ours = DREAM(4, layout=layout, variant=variant, out_channels=out_channels).double().train(training)
    theirs, x = copy.deepcopy(ours), inputs(shape)
    outs = ours(x), dream_ref(theirs, x)
    size = out_channels or (20 if variant == "paper" else 4)
    assert ours.out_channels == size
    assert outs[0].shape == tuple(size if s == 4 else s for s in shape)
    torch.testing.assert_close(*outs, rtol=1e-10, atol=1e-10)
    target = torch.randn_like(outs[0])
    grads = [
        torch.autograd.grad((out * target).sum(), [x, *module.parameters()])
        for out, module in zip(outs, (ours, theirs), strict=True)
    ]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-10)
    for actual, expected in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(actual.double(), expected.double(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("variant", VARIANTS)
def test_gradients_against_differences_of_values(variant) -> None:
    torch.manual_seed(3)
    module, x = DREAM(2, variant=variant).double(), inputs((6, 2))
    assert torch.autograd.gradcheck(lambda *_: module(x), (x, *module.parameters()))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    ("layout", "shape"), [("nodes", (64, 4)), ("tokens", (16, 20, 4)), ("maps", (4, 4, 19, 19))]
)
def test_no_weight_that_cannot_train(layout, shape, variant) -> None:
    module = DREAM(4, layout=layout, variant=variant, reduction_ratio=4).double()
    reached = [torch.zeros_like(value) for value in module.parameters()]
    for seed in range(40):  # a unit of a ReLU, or a gate, may be dead for one draw
        torch.manual_seed(seed)
        module.reset_parameters()
        module.zero_grad()
        out = module(inputs(shape))
        (out * torch.randn_like(out)).sum().backward()
        for total, value in zip(reached, module.parameters(), strict=True):
            total += value.grad.abs()
    assert [
        name
        for (name, _), total in zip(module.named_parameters(), reached, strict=True)
        if (total == 0).any()
    ] == []


def test_node_features_need_a_third_of_the_weights_of_maps() -> None:
    sizes = {
        layout: sum(p.numel() for p in DREAM(8, layout=layout).scales.parameters())
        for layout in ("nodes", "maps")
    }
    assert sizes["nodes"] == 5 * 8 * 8 + 5 * 8
    assert sizes["maps"] - sizes["nodes"] == 3 * 8 * 8 * 8  # eight taps of three kernels


def test_dilation_reaches_6_12_and_18_places() -> None:
    x = inputs((1, 41, 3))
    module = DREAM(3, layout="tokens").double()
    # Pooling reaches everything by the same amount: what stands out are the taps.
    with torch.no_grad():
        module.scales.pooled.zero_()
        module.attention.squeeze.zero_()
    (grad,) = torch.autograd.grad(module(x)[0, 20].sum(), x)
    reached = grad[0].ne(0).any(dim=-1).nonzero().flatten().tolist()
    assert reached == [2, 8, 14, 20, 26, 32, 38]


def test_evaluation_does_not_depend_on_the_batch() -> None:
    for variant in VARIANTS:
        module, x = DREAM(4, variant=variant).double(), inputs((9, 4))
        module(x)
        module.eval()
        torch.testing.assert_close(module(x)[2:3], module(x[2:3]), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("variant", VARIANTS)
def test_reset_parameters(variant) -> None:
    module = DREAM(4, variant=variant, out_channels=3)
    for value in module.parameters():
        torch.nn.init.constant_(value, 77)
    module.reset_parameters()
    assert [name for name, value in module.named_parameters() if value.eq(77).any()] == []
    assert module.weight.abs().max() <= 20**-0.5


def test_repr_builds_it_again() -> None:
    for config in ({}, {"layout": "maps", "variant": "released", "out_channels": 3}, {"reduction_ratio": 4}):
        module = DREAM(4, **config)
        again = eval(repr(module))
        assert repr(again) == repr(module)
        assert {k: v.shape for k, v in again.state_dict().items()} == {
            k: v.shape for k, v in module.state_dict().items()
        }
    assert repr(DREAM(4)) == (
        "DREAM(4, layout='nodes', variant='paper', out_channels=None, reduction_ratio=16)"
    )


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'DREAM' \(got 'mine'\)"):
        DREAM(4, variant="mine")
    with pytest.raises(ValueError, match="'layout' needs to be one of"):
        DREAM(4, layout="graph")
    with pytest.raises(ValueError, match="'out_channels' needs to be at least 1"):
        DREAM(4, out_channels=0)
    with pytest.raises(
        ValueError, match=r"'x' needs to be \[N, T, C\] with C = 4 in 'DREAM' \(got \[7, 4\]\)"
    ):
        DREAM(4, layout="tokens")(torch.zeros(7, 4))
    with pytest.raises(ValueError, match=r"'x' needs to be \[N, C\] with C = 4"):
        DREAM(4)(torch.zeros(7, 5))
    with pytest.raises(ValueError, match="at least two rows in training"):
        DREAM(4, variant="released")(torch.zeros(1, 4))
