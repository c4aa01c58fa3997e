"""Dilated Refinement Attention Module, the feature transform of MambaRec."""

from __future__ import annotations

from typing import Literal, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.graph.places import Layout
from pygmmrec.kernels.branches.fan_in import fan_in_uniform_
from pygmmrec.kernels.branches.gated import Gated, gated_branches
from pygmmrec.kernels.branches.pointwise import pointwise
from pygmmrec.kernels.branches.squeezed import Squeezed, squeezed_branches
from pygmmrec.nn.feature.multi_scale import MultiScale, multi_scale_ref
from pygmmrec.nn.feature.scalar_attention import ScalarAttention
from pygmmrec.nn.feature.squeeze_attention import SqueezeAttention
from pygmmrec.utils.check import check, check_integer

DREAMVariant: TypeAlias = Literal["paper", "released"]
VARIANTS = ("paper", "released")


class DREAM(nn.Module):
    r"""Dilated Refinement Attention Module of MambaRec (`arXiv 2509.09114
    <https://arxiv.org/abs/2509.09114>`_, eq. 1 to 6): features at five scales
    (:class:`~pygmmrec.nn.feature.MultiScale`), weighted by attention to channels and to places.

    .. math::
        \text{paper:} \quad & F = [F_1 \Vert \dots \Vert F_5], & Y &= \max(F \odot M_c, F \odot M_s) \\
        \text{released:} \quad & U = \mathrm{ReLU}(\mathrm{BN}(F)), & Y &=
        \mathrm{ReLU}(\mathrm{BN}(W (\max(a_c U, a_s U) \odot U)))

    The layout of the input is chosen once, and decides which taps of the dilated kernels exist. A vector for
    each node has no places, so that all five branches are one linear map, exactly what the dilated
    convolutions compute on a 1 × 1 map, where 8 of 9 taps would never be trained. Sequences of tokens have
    three taps a kernel, and maps nine, 6, 12 and 18 places apart.

    Args:
        channels: C, the size of the input.
        layout: ``nodes``, ``tokens`` or ``maps``. (default: ``nodes``)
        variant: ``paper`` or ``released``. (default: ``paper``)
        out_channels: Size of the output. ``None`` is 5 C for ``paper``, whose eq. 6 is the output, and C for
            ``released``. Where ``paper`` has a size, a linear map closes it. (default: ``None``)
        reduction_ratio: r of ``paper``'s channel attention, see
            :class:`~pygmmrec.nn.feature.SqueezeAttention`. (default: ``16``)

    Shapes:
        - **input:** nodes [N, C], tokens [N, T, C], maps [N, C, H, W]
        - **output:** the same with ``out_channels`` channels

    Raises:
        ValueError: If an argument is out of range, the input has another layout, or batch normalisation
            (``released``) is trained on one row.

    Differences: the paper states no normalisation or non-linearity in the branches, and squeezes and excites
        the channels. The released code normalises each branch, has one ReLU gate for all channels and one
        sigmoid gate for each place from all of them, multiplies by the features a second time, and closes
        with a 1 × 1 convolution. It runs on 1 × 1 maps.
    """

    def __init__(
        self,
        channels: int,
        *,
        layout: Layout = "nodes",
        variant: DREAMVariant = "paper",
        out_channels: int | None = None,
        reduction_ratio: int = 16,
    ) -> None:
        super().__init__()
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        if out_channels is not None:
            out_channels = check_integer(out_channels, "out_channels", self, at_least=1)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.layout: Layout = layout
        self.variant: DREAMVariant = variant
        self.reduction_ratio = reduction_ratio
        released = variant == "released"
        self.out_channels = out_channels or (channels if released else 5 * channels)
        self.scales = MultiScale(channels, layout=layout, batch_norm=released)
        self.attention: SqueezeAttention | ScalarAttention = (
            ScalarAttention(5 * channels)
            if released
            else SqueezeAttention(5 * channels, reduction_ratio=reduction_ratio)
        )
        closed = released or out_channels is not None
        self.weight = nn.Parameter(torch.empty(self.out_channels, 5 * channels)) if closed else None
        self.bias = nn.Parameter(torch.empty(self.out_channels)) if closed and not released else None
        self.norm = nn.BatchNorm1d(self.out_channels) if released else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights again, from the uniform distribution of convolutions."""
        self.scales.reset_parameters()
        self.attention.reset_parameters()
        for weight in (self.weight, self.bias):
            if weight is not None:
                fan_in_uniform_(weight, 5 * self.channels)
        if self.norm is not None:
            self.norm.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        x = self._channels_second(x)
        y = self._paper(x) if self.variant == "paper" else self._released(x)
        return y.transpose(1, 2) if self.layout == "tokens" else y

    def _paper(self, x: Tensor) -> Tensor:
        gates = cast(SqueezeAttention, self.attention)
        if self.layout == "nodes":
            x, weight, bias = self.scales.as_linear(x)
            by_channel, by_place = (gates.squeeze, gates.excite), (gates.place, gates.place_bias)
            y = squeezed_branches(x, Squeezed(weight, bias, *by_channel, *by_place))  # [N, C] -> [N, 5 C]
        else:
            y = gates(self.scales(x))  # [N, C, ...] -> [N, 5 C, ...]
        return y if self.weight is None else pointwise(y, self.weight, self.bias)

    def _released(self, x: Tensor) -> Tensor:
        gates, close = cast(ScalarAttention, self.attention), cast(Tensor, self.weight)
        norm = cast(nn.BatchNorm1d, self.norm)
        if self.layout == "nodes":
            x, weight, bias = self.scales.as_linear(x)
            y = gated_branches(x, Gated(weight, bias, gates.weight, close))  # [N, C] -> [N, C]
        else:
            u = self.scales(x)  # [N, C, ...] -> [N, 5 C, ...]
            # W (g U · U) = g · W U², since the gate g is one number for each place.
            y = gates(u) * pointwise(u.square(), close)
        out: Tensor = norm(y.flatten(2) if y.dim() > 2 else y)
        return out.view_as(y).relu_()

    def _channels_second(self, x: Tensor) -> Tensor:
        shape = {"nodes": "[N, C]", "tokens": "[N, T, C]", "maps": "[N, C, H, W]"}[self.layout]
        dim = shape.count(",") + 1
        fits = x.dim() == dim and x.size(-1 if self.layout == "tokens" else 1) == self.channels
        check(fits, "x", f"{shape} with C = {self.channels}", self, list(x.shape))
        return x.transpose(1, 2) if self.layout == "tokens" else x

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.channels}, layout={self.layout!r}, variant={self.variant!r}, "
            f"out_channels={self.out_channels if self.weight is not None else None}, "
            f"reduction_ratio={self.reduction_ratio})"
        )


def dream_ref(module: DREAM, x: Tensor) -> Tensor:
    """What :class:`DREAM` computes, element by element from its equations, with the literal convolutions."""
    f = multi_scale_ref(module.scales, module._channels_second(x))
    f = f.view(*f.shape, *[1] * (4 - f.dim()))  # [N, 5 C, H, W]
    pooled = F.adaptive_avg_pool2d(f, 1)  # [N, 5 C, 1, 1]
    attention = module.attention
    if isinstance(attention, SqueezeAttention):
        hidden = F.conv2d(pooled, attention.squeeze[:, :, None, None]).relu()
        channel = F.conv2d(hidden, attention.excite[:, :, None, None]).sigmoid()
        mean = f.mean(dim=1, keepdim=True)
        place = F.conv2d(mean, attention.place[:, :, None, None], attention.place_bias).sigmoid()
        y = torch.maximum(f * channel, f * place)
    else:
        channel = F.conv2d(pooled, attention.weight[:1, :, None, None]).relu()
        place = F.conv2d(f, attention.weight[1:, :, None, None]).sigmoid()
        y = torch.maximum(channel * f, place * f) * f
    if module.weight is not None:
        y = F.conv2d(y, module.weight[:, :, None, None], module.bias)
    if module.norm is not None:
        y = module.norm(y.flatten(2)).relu().view_as(y)
    y = y.view(x.size(0), y.size(1), *module._channels_second(x).shape[2:])
    return y.transpose(1, 2) if module.layout == "tokens" else y
