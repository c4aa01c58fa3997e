"""An embedding and what each modality says, joined by one of nine rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_integer

Join: TypeAlias = Literal["mean", "sum", "concat"]
Weighting: TypeAlias = Literal["equal", "alpha", "normalized"]
JOINS = ("mean", "sum", "concat")
WEIGHTINGS = ("equal", "alpha", "normalized")


class LateFusion(nn.Module):
    r"""Join the embedding e of each node with its projected features :math:`f_m`, three ways to weigh them by
    three ways to join, :math:`\oplus`: mean, sum, or a linear layer of all of them side by side (MMGCF, UMAP
    2026).

    - ``equal``: :math:`e \oplus (f_1 \oplus \dots \oplus f_M)`, where a single modality is itself inside
    - ``alpha``: :math:`a e \oplus (1 - a) f_1 \oplus \dots \oplus (1 - a) f_M`, with
      :math:`a = \sigma(\alpha)` learned, 1/2 at first
    - ``normalized``: :math:`M \frac{e}{\Vert e \Vert} \oplus \frac{f_1}{\Vert f_1 \Vert} \oplus \dots`

    Means and sums are of what a node has, M is the number of modalities that it has, and a linear layer reads
    zeros for those that it lacks. A node without any is e, by ``equal`` weights and a mean or a sum.

    Args:
        names: The modalities.
        channels: D.
        fusion: How they are joined, ``mean``, ``sum`` or ``concat``. (default: ``mean``)
        weighting: How they are weighed, ``equal``, ``alpha`` or ``normalized``. (default: ``equal``)

    Shapes:
        - **input:** embedding [N, D]; features by modality [N, D]; masks, bool [N], of the modalities that
          some nodes lack
        - **output:** [N, D]

    Raises:
        ValueError: If there is no modality, a size is smaller than one, or a rule is unknown.
    """

    def __init__(
        self, names: Sequence[str], channels: int, *, fusion: Join = "mean", weighting: Weighting = "equal"
    ) -> None:
        super().__init__()
        check(len(names) > 0, "names", "at least one modality", self, names)
        check(fusion in JOINS, "fusion", f"one of {JOINS}", self, fusion)
        check(weighting in WEIGHTINGS, "weighting", f"one of {WEIGHTINGS}", self, weighting)
        self.names = list(names)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.fusion: Join = fusion
        self.weighting: Weighting = weighting
        inner, outer = None, None
        if fusion == "concat":
            num, nested = len(self.names), weighting == "equal"
            inner = nn.Linear(num * channels, channels) if nested and num > 1 else None
            outer = nn.Linear((2 if nested else num + 1) * channels, channels)
        self.inner, self.outer = inner, outer
        self.alpha = nn.Parameter(torch.empty(())) if weighting == "alpha" else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the linear layers as torch does; a starts at one half."""
        for lin in (self.inner, self.outer):
            if lin is not None:
                lin.reset_parameters()
        if self.alpha is not None:
            nn.init.zeros_(self.alpha)

    def forward(self, x: Tensor, views: Modalities, available: Modalities) -> Tensor:
        ones = x.new_ones(x.size(0), 1)
        there = [available[name].unsqueeze(1).to(x) if name in available else ones for name in self.names]
        parts = [views[name] for name in self.names]
        if self.alpha is not None:
            a = self.alpha.sigmoid()
            return self._join([a * x, *((1 - a) * part for part in parts)], [ones, *there], self.outer)
        if self.weighting == "normalized":
            count = torch.stack(there).sum(dim=0).clamp(min=1)  # [M, N, 1] -> [N, 1]
            units = [count * unit_rows(x), *(unit_rows(part) for part in parts)]
            return self._join(units, [ones, *there], self.outer)
        some = torch.stack(there).amax(dim=0)  # [M, N, 1] -> [N, 1]
        features = self._join(parts, there, self.inner) if len(parts) > 1 else parts[0]
        return self._join([x, features], [ones, some], self.outer)

    def _join(self, parts: list[Tensor], there: list[Tensor], lin: nn.Linear | None) -> Tensor:
        """Parts [N, D] as one, of which a node has those whose mask [N, 1] is one."""
        parts = [part * mask for part, mask in zip(parts, there, strict=True)]
        if lin is not None:
            out: Tensor = lin(torch.cat(parts, dim=1))  # of [N, D] each -> [N, D]
            return out
        total = torch.stack(parts).sum(dim=0)
        return total if self.fusion == "sum" else total / torch.stack(there).sum(dim=0).clamp(min=1)

    def __repr__(self) -> str:
        rules = f"fusion={self.fusion!r}, weighting={self.weighting!r}"
        return f"{type(self).__name__}({self.names}, {self.channels}, {rules})"
