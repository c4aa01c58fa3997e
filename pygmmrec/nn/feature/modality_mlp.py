"""Raw features to embedding size through one hidden layer."""

from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F
from torch import nn

from pygmmrec.graph.modalities import zero_missing
from pygmmrec.nn.feature.reduce import Reduce
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check_integer


class ModalityMLP(nn.Module):
    r"""A perceptron for each modality, as DualGNN (`IEEE TMM 2021 <https://doi.org/10.1109/TMM.2021.3138298>`_)
    has it.

    .. math::
        f_m = W_m' \phi(W_m x_m + b_m) + b_m'

    :math:`\phi` is a leaky ReLU of slope .01. An item that lacks a modality has zeros there, not biases.

    Args:
        in_channels: Feature size :math:`F_m` by modality.
        hidden_channels: Size between :math:`W_m` and :math:`W_m'`.
        out_channels: Size D of all modalities.

    Shapes:
        - **input:** by modality [I, :math:`F_m`]; masks, bool [I], of the modalities that some items lack
        - **output:** by modality [I, D]

    Raises:
        ValueError: If there is no modality, a size is smaller than one, or the input lacks a modality.
    """

    def __init__(self, in_channels: Mapping[str, int], hidden_channels: int, out_channels: int) -> None:
        super().__init__()
        self.in_channels = dict(in_channels)
        self.hidden_channels = check_integer(hidden_channels, "hidden_channels", self, at_least=1)
        self.out_channels = check_integer(out_channels, "out_channels", self, at_least=1)
        self.hidden = Reduce(in_channels, hidden_channels, bias=True)
        self.out = Reduce(dict.fromkeys(in_channels, hidden_channels), out_channels, bias=True)

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; biases start at zero."""
        self.hidden.reset_parameters()
        self.out.reset_parameters()

    def forward(self, x: Modalities, available: Modalities) -> Modalities:
        hidden = {name: F.leaky_relu(h) for name, h in self.hidden(x).items()}  # [I, F_m] -> [I, H]
        return zero_missing(self.out(hidden), available)  # [I, H] -> [I, D]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_channels}, {self.hidden_channels}, {self.out_channels})"
