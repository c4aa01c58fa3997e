"""Channel and spatial attention side by side, as DREAM's released code has them."""

import torch
from torch import Tensor, nn

from pygmmrec.kernels.branches.fan_in import fan_in_uniform_
from pygmmrec.kernels.branches.pointwise import pointwise
from pygmmrec.utils.check import check_integer


class ScalarAttention(nn.Module):
    r"""One gate for each place from all channels, as the code released with DREAM (`arXiv 2509.09114
    <https://arxiv.org/abs/2509.09114>`_) computes it for features that are not negative:

    .. math::
        a_c = \mathrm{ReLU}(w_c^\top \mathrm{GAP}(U)), \qquad a_s = \sigma(w_s^\top U), \qquad
        \max(a_c U, a_s U) = \max(a_c, a_s) \, U \quad (U \ge 0)

    So gates are compared, one for each place, and not elements.

    Args:
        channels: C.

    Shapes:
        - **input:** features [N, C], [N, C, T] or [N, C, H, W], none of them negative
        - **output:** gates [N, 1], [N, 1, T] or [N, 1, H, W]

    Raises:
        ValueError: If ``channels`` is smaller than one.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.weight = nn.Parameter(torch.empty(2, channels))  # w_c, w_s
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights from the uniform distribution of convolutions."""
        fan_in_uniform_(self.weight, self.channels)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 2:
            both = x @ self.weight.t()  # [N, C] x [C, 2] -> [N, 2]
            channel, place = both[:, :1], both[:, 1:]
        else:
            channel = x.flatten(2).mean(dim=-1) @ self.weight[:1].t()  # [N, C, ...] -> [N, 1]
            channel = channel.view(-1, *[1] * (x.dim() - 1))
            place = pointwise(x, self.weight[1:])  # [N, C, ...] -> [N, 1, ...]
        return torch.maximum(channel.relu(), place.sigmoid())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.channels})"
