"""Views of an item that ought to agree, from a fine space to coarser ones."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_integer


class FineCoarse(nn.Module):
    r"""Pairs of views in one space after another: the fine and coarse task of SLMRec (`TMM 2022
    <https://doi.org/10.1109/TMM.2022.3187556>`_) for any number of modalities.

    .. math::
        z_0 = e, \qquad z_m = A_m z_{m-1} + a_m, \qquad y_m = B_m x_m

    The first modality meets the id embedding :math:`e` in the finest space, of size D; each later one meets
    what came before in the next space. The last of several spaces is coarse, of size :math:`\lfloor D / 2
    \rfloor`. Whoever contrasts :math:`z_m` with :math:`y_m` of the same items brings the modalities together
    without one space for all. :math:`B_m` has no bias: where products are compared it would cancel.

    Args:
        modalities: Names of the modalities, from fine to coarse.
        channels: D.
        two_steps: Whether the map into the last of several spaces is a product of two, as where a modality
            between was taken out. (default: ``False``)

    Shapes:
        - **input:** id embeddings [N, D]; by modality [N, D]
        - **output:** by modality, :math:`z_m` and :math:`y_m`, each [N, D], or [N, :math:`\lfloor D / 2
          \rfloor`] in the last of several

    Raises:
        ValueError: If there is no modality, or ``channels`` is smaller than one.
    """

    def __init__(self, modalities: Sequence[str], channels: int, *, two_steps: bool = False) -> None:
        super().__init__()
        check(len(modalities) > 0, "modalities", "at least one name", self, list(modalities))
        self.modalities = list(modalities)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.two_steps = two_steps
        sizes = dict.fromkeys(modalities, channels)
        if len(sizes) > 1:
            sizes[self.modalities[-1]] = max(channels // 2, 1)
        between = two_steps and len(sizes) > 1
        self.between = nn.Linear(channels, channels) if between else None
        self.joint = nn.ModuleDict({name: nn.Linear(channels, size) for name, size in sizes.items()})
        self.own = nn.ModuleDict(
            {name: nn.Linear(channels, size, bias=False) for name, size in sizes.items()}
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; biases start at zero."""
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor, modalities: Modalities) -> dict[str, tuple[Tensor, Tensor]]:
        pairs = {}
        for name in self.modalities:
            if self.between is not None and name == self.modalities[-1]:
                x = self.between(x)
            x = self.joint[name](x)  # [N, D] -> [N, D], or [N, D / 2]
            pairs[name] = x, self.own[name](modalities[name])
        return pairs

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.modalities}, {self.channels}, two_steps={self.two_steps})"
