"""The initial distribution of linear maps and convolutions."""

from torch import Tensor, nn


def fan_in_uniform_(weight: Tensor, fan_in: int) -> Tensor:
    r"""Draw from :math:`U(-1/\sqrt{n}, 1/\sqrt{n})` in place, torch's default for n inputs of each output."""
    return nn.init.uniform_(weight, -(fan_in**-0.5), fan_in**-0.5)
