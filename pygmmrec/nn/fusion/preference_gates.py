"""What behaviour wants of each modality, and of all of them fused."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_integer, check_probability


class PreferenceGates(nn.Module):
    r"""The modality-aware preferences of SMORE (`arXiv 2412.14978 <https://arxiv.org/abs/2412.14978>`_): the
    fused view says which features of a modality count, and behaviour how much of each view does.

    .. math::
        z_m \leftarrow \mathrm{softmax}_d \big( V_m \tanh(W_m z_f + b_m) \big) \odot z_m, \qquad
        s = \frac{1}{M + 1} \sum_{x \in \{1, \dots, M, f\}} \mathrm{drop}_p(\sigma(W_x' e + b_x')) \odot z_x

    Args:
        modalities: Names of the modalities, one or more.
        channels: D.
        p: Share of the gates that training drops. (default: ``0.1``)
        fused: What the views call the fused one. (default: ``fused``)

    Shapes:
        - **input:** views by modality, and fused, [N, D]; behaviour embedding e [N, D]
        - **output:** [N, D]

    Raises:
        ValueError: If there is no modality, one has the name of the fused view, an argument is out of range,
            or the input lacks a view.
    """

    def __init__(
        self, modalities: Sequence[str], channels: int, *, p: float = 0.1, fused: str = "fused"
    ) -> None:
        super().__init__()
        check(len(modalities) > 0, "modalities", "at least one name", self, list(modalities))
        check(fused not in modalities, "modalities", f"other names than {fused!r}", self, list(modalities))
        self.modalities = list(modalities)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.p = check_probability(p, "p", self)
        self.fused = fused
        names = [*self.modalities, fused]
        self.key = nn.ModuleDict({name: nn.Linear(channels, channels) for name in self.modalities})
        self.value = nn.ModuleDict(
            {name: nn.Linear(channels, channels, bias=False) for name in self.modalities}
        )
        self.gates = nn.ModuleDict({name: nn.Linear(channels, channels) for name in names})
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; biases start at zero."""
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.zeros_(parameter)

    def forward(self, views: Modalities, behaviour: Tensor) -> Tensor:
        for name in self.gates:
            check(name in views, "views", f"views that include {name!r}", self, sorted(views))
        fused = views[self.fused]
        parts = []
        for name, gate in self.gates.items():
            view = views[name]
            if name != self.fused:
                view = self.value[name](self.key[name](fused).tanh()).softmax(dim=-1) * view
            parts.append(F.dropout(gate(behaviour).sigmoid(), self.p, self.training) * view)
        return torch.stack(parts).mean(dim=0)  # M + 1 of [N, D] -> [N, D]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.modalities}, {self.channels}, p={self.p}, fused={self.fused!r})"
