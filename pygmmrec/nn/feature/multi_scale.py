"""Features seen at five scales, side by side."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.graph.places import LAYOUTS, Layout
from pygmmrec.kernels.branches.fan_in import fan_in_uniform_
from pygmmrec.kernels.branches.linear_batch_norm import Folded, fold_batch_norm
from pygmmrec.kernels.branches.pointwise import pointwise
from pygmmrec.utils.check import check, check_integer

DILATIONS = (6, 12, 18)
"""Distance between the taps of the three dilated branches."""


class MultiScale(nn.Module):
    r"""The five branches of DREAM (`arXiv 2509.09114 <https://arxiv.org/abs/2509.09114>`_, eq. 1), one above
    the other:

    .. math::
        F_1 = \mathrm{conv}_{1 \times 1}(X), \quad
        F_{2, 3, 4} = \mathrm{conv}_{3 \times 3}^{\text{dilation } 6, 12, 18}(X), \quad
        F_5 = \mathrm{up}(\mathrm{conv}_{1 \times 1}(\mathrm{GAP}(X)))

    Kernels have the taps that the layout can reach and no others. A node's vector is a 1 × 1 map: pooling and
    upsampling leave it as it is, a dilated kernel sees its centre tap only, and all branches are one linear
    map C → 5 C. A sequence is a map of one row, which has three taps. Weights start as those of the 3 × 3
    kernels would (fan-in 9 C). With batch normalisation there is no bias, which the normalisation would take
    away.

    Args:
        channels: C.
        layout: ``nodes``, ``tokens`` or ``maps``. (default: ``nodes``)
        batch_norm: Whether batch normalisation and ReLU follow each branch. (default: ``False``)

    Shapes:
        - **input:** nodes [N, C], tokens [N, C, T], maps [N, C, H, W]
        - **output:** the same with 5 C channels

    Raises:
        ValueError: If the layout is unknown, or the input has another one.
    """

    def __init__(self, channels: int, *, layout: Layout = "nodes", batch_norm: bool = False) -> None:
        super().__init__()
        check(layout in LAYOUTS, "layout", f"one of {LAYOUTS}", self, layout)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.layout: Layout = layout
        self.batch_norm = batch_norm
        taps = [3] * LAYOUTS.index(layout)
        self.point = nn.Parameter(torch.empty(channels, channels))  # F_1
        self.dilated = nn.Parameter(torch.empty(len(DILATIONS), channels, channels, *taps))  # F_2 to F_4
        self.pooled = nn.Parameter(torch.empty(channels, channels))  # F_5
        self.bias = None if batch_norm else nn.Parameter(torch.empty(5 * channels))
        self.norm, self.pooled_norm = None, None
        if batch_norm and layout == "nodes":
            self.norm = nn.BatchNorm1d(5 * channels)
        elif batch_norm:  # the pooled branch has one value for each map
            self.norm, self.pooled_norm = nn.BatchNorm1d(4 * channels), nn.BatchNorm1d(channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights and biases from the uniform distribution of convolutions."""
        fan_in = (self.channels, 9 * self.channels, 9 * self.channels, 9 * self.channels, self.channels)
        for weight, fan in zip((self.point, *self.dilated.detach(), self.pooled), fan_in, strict=True):
            fan_in_uniform_(weight, fan)
        if self.bias is not None:
            for bias, fan in zip(self.bias.detach().split(self.channels), fan_in, strict=True):
                fan_in_uniform_(bias, fan)
        for norm in (self.norm, self.pooled_norm):
            if norm is not None:
                norm.reset_parameters()

    def as_linear(self, x: Tensor) -> Folded:
        """All branches of ``nodes`` as one map, ahead of ReLU: input [N, C], weight [5 C, C], bias [5 C]."""
        weight = torch.cat([self.point, self.dilated.flatten(0, 1), self.pooled])
        if self.norm is not None:
            return fold_batch_norm(x, weight, self.norm)
        return Folded(x, weight, cast(Tensor, self.bias))

    def forward(self, x: Tensor) -> Tensor:
        dim = LAYOUTS.index(self.layout) + 2
        fits = x.dim() == dim and x.size(1) == self.channels
        check(fits, "x", f"of {dim} dimensions with {self.channels} channels", self, list(x.shape))
        if self.layout == "nodes":
            linear = F.linear(*self.as_linear(x))  # [N, C] -> [N, 5 C]
            return linear if self.norm is None else linear.relu_()
        near = [pointwise(x, self.point)]
        conv = F.conv1d if self.layout == "tokens" else F.conv2d
        for weight, dilation in zip(self.dilated, DILATIONS, strict=True):
            near.append(conv(x, weight, padding=dilation, dilation=dilation))
        features = torch.cat(near, dim=1).flatten(2)  # 4 of [N, C, ...] -> [N, 4 C, S]
        whole = F.linear(x.flatten(2).mean(dim=-1), self.pooled)  # [N, C, ...] -> [N, C]
        if self.norm is not None and self.pooled_norm is not None:
            features, whole = self.norm(features).relu_(), self.pooled_norm(whole).relu_()
        whole = whole.unsqueeze(-1).expand(-1, -1, features.size(-1))  # [N, C] -> [N, C, S]
        out = torch.cat([features, whole], dim=1)  # [N, 5 C, S]
        out = out if self.bias is None else out + self.bias.unsqueeze(-1)
        return out.view(*out.shape[:2], *x.shape[2:])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.channels}, layout={self.layout!r}, batch_norm={self.batch_norm})"


def multi_scale_ref(module: MultiScale, x: Tensor) -> Tensor:
    """What :class:`MultiScale` computes, by the literal convolutions of maps.

    A node is a map of one place, and a sequence a map of one row; taps that a layout has not are zero.
    """
    grid = x.view(x.size(0), x.size(1), *[1] * (4 - x.dim()), *x.shape[2:])  # [N, C, H, W]
    kernels = module.dilated.view(3, *[module.channels] * 2, *[1] * (4 - x.dim()), *module.dilated.shape[3:])
    kernels = F.pad(kernels, [1 if size == 1 else 0 for size in reversed(kernels.shape[3:]) for _ in "ab"])
    near = [F.conv2d(grid, module.point[:, :, None, None])]
    for kernel, dilation in zip(kernels, DILATIONS, strict=True):
        near.append(F.conv2d(grid, kernel, padding=dilation, dilation=dilation))
    whole = F.conv2d(F.adaptive_avg_pool2d(grid, 1), module.pooled[:, :, None, None])  # [N, C, 1, 1]
    if module.norm is None:
        near = [torch.cat(near, dim=1)]
    elif module.pooled_norm is None:
        both = module.norm(torch.cat([*near, whole], dim=1).flatten(2)).relu()  # [N, 5 C, 1]
        return torch.flatten(both, 1)
    else:
        near = [module.norm(torch.cat(near, dim=1).flatten(2)).relu().view(x.size(0), -1, *grid.shape[2:])]
        whole = module.pooled_norm(whole.flatten(1)).relu()[:, :, None, None]
    up = F.interpolate(whole, size=grid.shape[2:], mode="bilinear")
    out = torch.cat([*near, up], dim=1)  # [N, 5 C, H, W]
    out = out if module.bias is None else out + module.bias[:, None, None]
    return out.view(*out.shape[:2], *x.shape[2:])
