"""What several modalities think of an edge, as one weight."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pygmmrec.kernels.rows.rows import rows
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_integer


class EdgeConfidence(nn.Module):
    r"""Join the scores that modalities give an edge by how far its source can be trusted in each (GRCN,
    `arXiv 2008.10294 <https://arxiv.org/abs/2008.10294>`_).

    .. math::
        w_{j \to i} = \max_m \, a_{ij}^m c_j^m

    :math:`c` is learned. With ``prune`` an edge of which no modality thinks well is cut, :math:`\max(w, 0)`.

    Args:
        num_sources: Number of nodes S that edges come from.
        modalities: Names of the modalities, one or more.
        prune: Whether negative weights are cut to zero. (default: ``True``)

    Shapes:
        - **input:** scores by modality [E]; source of each edge, [E] int64
        - **output:** [E]

    Raises:
        ValueError: If there is no modality, or the input lacks one.
    """

    def __init__(self, num_sources: int, modalities: Sequence[str], *, prune: bool = True) -> None:
        super().__init__()
        check(len(modalities) > 0, "modalities", "at least one name", self, modalities)
        self.num_sources = check_integer(num_sources, "num_sources", self, at_least=1)
        self.modalities = list(modalities)
        self.prune = prune
        self.weight = nn.Parameter(torch.empty(num_sources, len(self.modalities)))  # c
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start close to one: every node is trusted in every modality."""
        nn.init.uniform_(self.weight, 0.9, 1.1)

    def forward(self, scores: Modalities, source: Tensor) -> Tensor:
        for name in self.modalities:
            check(name in scores, "scores", f"scores that include those of {name!r}", self, sorted(scores))
        stacked = torch.stack([scores[name] for name in self.modalities], dim=-1)  # M of [E] -> [E, M]
        weight: Tensor = (stacked * rows(self.weight, source)).max(dim=-1).values  # [E, M] -> [E]
        return weight.relu() if self.prune else weight

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_sources}, {self.modalities}, prune={self.prune})"
