"""Each modality mixed with the embedding before any propagation."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from pygmmrec.nn.feature.modality_mlp import ModalityMLP
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check_integer

FLOOR = 1e-8
"""Under the root, so that its gradient at zero is finite."""


class EarlyFusion(nn.Module):
    r"""The early fusion of COHESION (`arXiv 2504.04452 <https://arxiv.org/abs/2504.04452>`_): the quadratic
    mean of an item's embedding and of what an MLP makes of a modality, element by element.

    .. math::
        f_b = \sqrt{\tfrac{1}{2} \left( e \odot e + g_b \odot g_b \right) + \epsilon}, \qquad
        g_b = W_b' \phi(W_b x_b + b_b) + b_b'

    The embedding is a branch of its own, :math:`x_{id} = e`. :math:`\phi` is a leaky ReLU. Where an item
    lacks a modality, :math:`g_b = 0`: the embedding speaks for it.

    Args:
        in_channels: Feature size :math:`F_m` by modality.
        channels: D, the size of the embedding.
        hidden_channels: Size inside of the MLPs.

    Shapes:
        - **input:** embedding [I, D]; features by modality [I, :math:`F_m`]; masks, bool [I], of the
          modalities that some items lack
        - **output:** branches [I, D]: that of the embedding, then by modality; no element is negative

    Raises:
        ValueError: If there is no modality, a size is smaller than one, or the input lacks a modality.
    """

    def __init__(self, in_channels: Mapping[str, int], channels: int, hidden_channels: int) -> None:
        super().__init__()
        self.in_channels = dict(in_channels)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.hidden_channels = check_integer(hidden_channels, "hidden_channels", self, at_least=1)
        self.project = ModalityMLP(in_channels, hidden_channels, channels)
        self.own = nn.Sequential(
            nn.Linear(channels, hidden_channels), nn.LeakyReLU(), nn.Linear(hidden_channels, channels)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; biases start at zero."""
        self.project.reset_parameters()
        for lin in self.own:
            if isinstance(lin, nn.Linear):
                nn.init.xavier_uniform_(lin.weight)
                nn.init.zeros_(lin.bias)

    def forward(self, item: Tensor, x: Modalities, available: Modalities) -> list[Tensor]:
        views = self.project(x, available)  # [I, F_m] -> [I, D]
        views_of_all = [self.own(item), *views.values()]
        return [((item.square() + view.square()) / 2 + FLOOR).sqrt() for view in views_of_all]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_channels}, {self.channels}, {self.hidden_channels})"
