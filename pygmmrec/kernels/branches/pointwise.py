"""A linear map of the channels, at every place of a sequence or map alike."""

import torch.nn.functional as F
from torch import Tensor


def pointwise(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """What a convolution with a kernel of one tap computes: [N, C, ...] to [N, O, ...].

    Args:
        x: Channels in the second place: nodes [N, C], sequences [N, C, T] or maps [N, C, H, W].
        weight: [O, C].
        bias: [O].
    """
    if x.dim() == 2:
        return F.linear(x, weight, bias)
    out: Tensor = F.conv1d(x.flatten(2), weight.unsqueeze(-1), bias)  # [N, C, ...] -> [N, O, S]
    return out.view(*out.shape[:2], *x.shape[2:])
