"""What the modalities share, and what behaviour wants of each one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_integer

Average: TypeAlias = Literal["all", "private"]
AVERAGES = ("all", "private")


class CommonPrivate(nn.Module):
    r"""The behaviour-aware fuser of MGCN (`arXiv 2308.03588 <https://arxiv.org/abs/2308.03588>`_), which
    MambaRec takes over: attention makes a common view, and gates of behaviour weigh what each modality has
    besides.

    .. math::
        a_m &= \mathrm{softmax}_m(q^\top \tanh(W_q z_m + b_q)), \qquad c = \sum_m a_m z_m \\
        s &= \frac{1}{M + 1} \Big( c + \sum_m p_m \Big), \qquad p_m = \sigma(W_m e + b_m) \odot (z_m - c)

    With ``average="private"`` only what is private is averaged, :math:`s = c + \frac{1}{M} \sum_m p_m`.

    A single modality is its own common view, with nothing to weigh, so there are no weights.

    Args:
        modalities: Names of the modalities, one or more.
        channels: D.
        average: What the average is over: ``all``, common and private parts, or ``private`` parts only.
            (default: ``all``)

    Shapes:
        - **input:** views by modality [N, D]; behaviour embedding e [N, D]
        - **output:** [N, D]

    Raises:
        ValueError: If there is no modality, ``average`` is unknown, or the input lacks a modality.

    Differences: MGCN's paper averages the private parts only; its code divides everything by three, M + 1 for
        its two modalities.
    """

    def __init__(self, modalities: Sequence[str], channels: int, *, average: Average = "all") -> None:
        super().__init__()
        check(average in AVERAGES, "average", f"one of {AVERAGES}", self, average)
        check(len(modalities) > 0, "modalities", "at least one name", self, modalities)
        self.modalities = list(modalities)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.average: Average = average
        weighed = self.modalities if len(self.modalities) > 1 else []
        self.key = nn.Linear(channels, channels) if weighed else None  # W_q
        self.query = nn.Parameter(torch.empty(channels)) if weighed else None  # q
        self.gates = nn.ModuleDict({name: nn.Linear(channels, channels) for name in weighed})  # W_m
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; biases start at zero."""
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            else:
                nn.init.xavier_uniform_(parameter if parameter.dim() > 1 else parameter.unsqueeze(0))

    def forward(self, views: Modalities, behaviour: Tensor) -> Tensor:
        for name in self.modalities:
            check(name in views, "views", f"views that include the modality {name!r}", self, sorted(views))
        divisor = len(self.modalities) + 1
        if self.key is None or self.query is None:
            only = views[self.modalities[0]]
            return only / divisor if self.average == "all" else only
        stacked = torch.stack([views[name] for name in self.modalities])  # M of [N, D] -> [M, N, D]
        share = (self.key(stacked).tanh() @ self.query).softmax(dim=0)  # [M, N, D] x [D] -> [M, N]
        common = (share.unsqueeze(-1) * stacked).sum(dim=0)  # [M, N, D] -> [N, D]
        share_of_private = 1.0 if self.average == "all" else 1 / len(self.modalities)
        out: Tensor = common
        for name, gate in self.gates.items():
            out = torch.addcmul(out, gate(behaviour).sigmoid(), views[name] - common, value=share_of_private)
        return out / divisor if self.average == "all" else out

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.modalities}, {self.channels}, average={self.average!r})"
