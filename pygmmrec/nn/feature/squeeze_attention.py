"""Channel and spatial attention side by side, as DREAM's paper has them."""

import torch
from torch import Tensor, nn

from pygmmrec.kernels.branches.fan_in import fan_in_uniform_
from pygmmrec.kernels.branches.pointwise import pointwise
from pygmmrec.utils.check import check_integer


class SqueezeAttention(nn.Module):
    r"""The attention of DREAM (`arXiv 2509.09114 <https://arxiv.org/abs/2509.09114>`_, eq. 2 to 6): squeeze
    and excitation of the channels, a gate of the places, and the larger of both at each element.

    .. math::
        M_c &= \sigma(W_2 \, \mathrm{ReLU}(W_1 \, \mathrm{GAP}(F))), \qquad
        M_s = \sigma(w \, \mathrm{mean}_c F + b) \\
        Y &= \max(F \odot M_c, F \odot M_s)

    Args:
        channels: C.
        reduction_ratio: r: the squeeze has C / r units, at least one. (default: ``16``, the common choice;
            the paper names none for it)

    Shapes:
        - **input:** features [N, C], [N, C, T] or [N, C, H, W]
        - **output:** the same

    Raises:
        ValueError: If the ratio is smaller than one.
    """

    def __init__(self, channels: int, *, reduction_ratio: int = 16) -> None:
        super().__init__()
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.reduction_ratio = check_integer(reduction_ratio, "reduction_ratio", self, at_least=1)
        squeezed = max(channels // reduction_ratio, 1)
        self.squeeze = nn.Parameter(torch.empty(squeezed, channels))  # W_1
        self.excite = nn.Parameter(torch.empty(channels, squeezed))  # W_2
        self.place = nn.Parameter(torch.empty(1, 1))  # w
        self.place_bias = nn.Parameter(torch.empty(1))  # b
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights from the uniform distribution of convolutions."""
        for weight in (self.squeeze, self.excite, self.place):
            fan_in_uniform_(weight, weight.size(1))
        fan_in_uniform_(self.place_bias, 1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = x if x.dim() == 2 else x.flatten(2).mean(dim=-1)  # [N, C, ...] -> [N, C]
        channel = ((pooled @ self.squeeze.t()).relu() @ self.excite.t()).sigmoid()
        channel = channel.view(*channel.shape, *[1] * (x.dim() - 2))  # [N, C, 1, ...]
        place = pointwise(x.mean(dim=1, keepdim=True), self.place, self.place_bias).sigmoid()  # [N, 1, ...]
        return torch.maximum(x * channel, x * place)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.channels}, reduction_ratio={self.reduction_ratio})"
