"""Behaviour decides what of the features is kept."""

from collections.abc import Mapping

from torch import Tensor, nn

from pygmmrec.nn.feature.reduce import Reduce
from pygmmrec.typing import Modalities


class Purify(nn.Module):
    r"""The behaviour-guided purifier of MGCN (`arXiv 2308.03588 <https://arxiv.org/abs/2308.03588>`_): each
    modality gates the embedding that behaviour has given to a node, :math:`e \odot \sigma(x_m W_m + b_m)`.

    Args:
        in_channels: Feature size :math:`F_m` by modality.
        channels: D, the size of the behaviour embedding.

    Shapes:
        - **input:** features by modality [N, :math:`F_m`]; behaviour embedding [N, D]
        - **output:** by modality [N, D]

    Raises:
        ValueError: If there is no modality, or the input lacks one or has another size.
    """

    def __init__(self, in_channels: Mapping[str, int], channels: int) -> None:
        super().__init__()
        self.in_channels = dict(in_channels)
        self.channels = channels
        self.gate = Reduce(in_channels, channels, bias=True)

    def reset_parameters(self) -> None:
        """Draw all weights again."""
        self.gate.reset_parameters()

    def forward(self, x: Modalities, behaviour: Tensor) -> Modalities:
        return {name: behaviour * logit.sigmoid() for name, logit in self.gate(x).items()}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_channels}, {self.channels})"
