import pytest
import torch
from torch import nn

from pygmmrec.kernels.branches.fan_in import fan_in_uniform_


def test_the_range_is_that_of_a_convolution() -> None:
    weight = fan_in_uniform_(torch.empty(4000), 9 * 4)
    assert 0.99 / 6 < float(weight.max()) <= 1 / 6
    assert -1 / 6 <= float(weight.min()) < -0.99 / 6
    conv = nn.Conv2d(4, 500, 3).weight
    assert float(weight.std()) == pytest.approx(float(conv.detach().std()), rel=0.05)
