import copy

import pytest
import torch
from torch import nn

from pygmmrec.kernels.branches.linear_batch_norm import (
    Folded,
    fold_batch_norm,
    linear_batch_norm,
    linear_batch_norm_ref,
)


def norm(channels: int, training: bool) -> nn.BatchNorm1d:
    module = nn.BatchNorm1d(channels).double().train(training)
    for value in (module.weight, module.bias, module.running_mean):
        nn.init.normal_(value)
    nn.init.uniform_(module.running_var, 0.5, 2)
    return module


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("shape", [(2, 1, 1), (7, 3, 10), (20, 4, 3)])
def test_values_gradients_and_statistics_are_those_of_two_steps(shape, training) -> None:
    num_rows, size, channels = shape
    x = 3 + torch.randn(num_rows, size, dtype=torch.float64)
    x.requires_grad_()
    weight = torch.randn(channels, size, dtype=torch.float64, requires_grad=True)
    ours = norm(channels, training)
    theirs, target = copy.deepcopy(ours), torch.randn(num_rows, channels, dtype=torch.float64)
    outs = linear_batch_norm(x, weight, ours), linear_batch_norm_ref(x, weight, theirs)
    torch.testing.assert_close(*outs, rtol=1e-10, atol=1e-10)
    grads = [
        torch.autograd.grad((out * target).sum(), [x, weight, *module.parameters()])
        for out, module in zip(outs, (ours, theirs), strict=True)
    ]
    for actual, expected in zip(*grads, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-7, atol=1e-8)
    for actual, expected in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
    assert int(ours.num_batches_tracked) == training


def test_single_precision_far_from_the_origin() -> None:
    x, weight = 100 + torch.randn(500, 8), torch.randn(16, 8)
    outs = [f(x, weight, nn.BatchNorm1d(16)) for f in (linear_batch_norm, linear_batch_norm_ref)]
    torch.testing.assert_close(*outs, rtol=1e-3, atol=1e-3)


def test_under_autocast() -> None:
    x, weight = torch.randn(500, 8), torch.randn(16, 8)
    expected = linear_batch_norm(x, weight, nn.BatchNorm1d(16))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        actual = linear_batch_norm(x, weight, nn.BatchNorm1d(16))
    torch.testing.assert_close(actual.float(), expected, rtol=0.05, atol=0.05)


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match="'x' needs to be of at least two rows in training"):
        linear_batch_norm(torch.zeros(1, 2), torch.zeros(3, 2), nn.BatchNorm1d(3))
    for given in (nn.BatchNorm1d(3, track_running_stats=False), nn.BatchNorm1d(3, momentum=None)):
        with pytest.raises(ValueError, match="'norm' needs to be a BatchNorm1d with running statistics"):
            linear_batch_norm(torch.zeros(4, 2), torch.zeros(3, 2), given)


def test_what_is_left_is_a_linear_map() -> None:
    x, weight, module = torch.randn(9, 2).double(), torch.randn(3, 2).double(), norm(3, training=True)
    folded = fold_batch_norm(x, weight, copy.deepcopy(module))
    assert isinstance(folded, Folded)
    expected = linear_batch_norm_ref(x, weight, module)
    torch.testing.assert_close(folded.x @ folded.weight.t() + folded.bias, expected, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(folded.x.mean(dim=0), torch.zeros(2).double(), rtol=0, atol=1e-12)
