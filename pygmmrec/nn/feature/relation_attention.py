"""Modalities of an item refined by themselves, then by each other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pygmmrec.nn.feature.coordinate_attention import CoordinateAttention
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_integer


class RelationAttention(nn.Module):
    r"""Attention within each modality and between modalities (REARM, `arXiv 2508.13745
    <https://arxiv.org/abs/2508.13745>`_), by :class:`CoordinateAttention` with its own weights each:

    .. math::
        z_m' = \phi(\mathrm{LN}(z_m + \mathrm{att}_m(z_m, z_m))), \qquad
        z_m'' = \phi(\mathrm{LN}(z_m' + \mathrm{mean}_{n \ne m} \mathrm{att}_m'(z_n', z_m')))

    One layer norm and one PReLU :math:`\phi` serve all places. A single modality skips the second step. An
    item that lacks a modality neither asks nor is asked there: its mean is over the modalities that it has.

    Args:
        names: The modalities.
        channels: D.
        p_self: Dropout of the attention within modalities. (default: ``0.0``)
        p_mutual: Dropout of that between modalities. (default: ``0.0``)

    Attributes:
        activate: :math:`\phi`.

    Shapes:
        - **input:** by modality [N, D]; masks, bool [N], of the modalities that some nodes lack
        - **output:** by modality [N, D]

    Raises:
        ValueError: If there is no modality or an argument is out of range.
    """

    def __init__(
        self, names: Sequence[str], channels: int, *, p_self: float = 0.0, p_mutual: float = 0.0
    ) -> None:
        super().__init__()
        check(len(names) > 0, "names", "at least one modality", self, names)
        self.names = list(names)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.p_self, self.p_mutual = p_self, p_mutual
        self.within = nn.ModuleDict({name: CoordinateAttention(p_self) for name in names})
        mutual = names if len(names) > 1 else []
        self.between = nn.ModuleDict({name: CoordinateAttention(p_mutual) for name in mutual})
        self.norm = nn.LayerNorm(channels)
        self.activate = nn.PReLU()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all attention again; norm and PReLU start as torch's."""
        for attention in (*self.within.values(), *self.between.values()):
            attention.reset_parameters()  # type: ignore[operator]
        self.norm.reset_parameters()
        self.activate.reset_parameters()

    def forward(self, x: Modalities, available: Modalities) -> Modalities:
        ones = next(iter(x.values())).new_ones(len(next(iter(x.values()))), 1)
        there = {name: available[name].unsqueeze(1).to(ones) if name in available else ones for name in x}
        own = {
            name: self._step(x[name], there[name] * self.within[name](x[name], x[name]))
            for name in self.names
        }
        if len(self.names) == 1:
            return own
        return {name: self._step(own[name], self._mutual(name, own, there)) for name in self.names}

    def _mutual(self, name: str, own: Modalities, there: Modalities) -> Tensor:
        others = [other for other in self.names if other != name]
        asked = [there[other] * self.between[name](own[other], own[name]) for other in others]
        count = torch.stack([there[other] for other in others]).sum(dim=0).clamp(min=1)  # [N, 1]
        return there[name] * torch.stack(asked).sum(dim=0) / count

    def _step(self, x: Tensor, change: Tensor) -> Tensor:
        out: Tensor = self.activate(self.norm(x + change))
        return out

    def __repr__(self) -> str:
        options = f"p_self={self.p_self}, p_mutual={self.p_mutual}"
        return f"{type(self).__name__}({self.names}, {self.channels}, {options})"
