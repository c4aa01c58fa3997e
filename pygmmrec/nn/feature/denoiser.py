"""What users have, predicted from a noisy form of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pygmmrec.utils.check import check_integer

LONGEST = 10_000.0
"""Of the wave lengths of a step."""


class Denoiser(nn.Module):
    r"""The network of DiffMM (`arXiv 2406.11781 <https://arxiv.org/abs/2406.11781>`_) that predicts the clean
    rows of users from noisy ones and the step of the noise:

    .. math::
        f(x, t) = W_2 \tanh\big( W_1 [x \Vert W_t \mathrm{emb}(t) + b_t] + b_1 \big) + b_2, \qquad
        \mathrm{emb}(t) = [\cos(t \omega) \Vert \sin(t \omega)], \qquad
        \omega_j = 10000^{-j / \lfloor e / 2 \rfloor}

    An odd size e of the embedding ends in a zero. Weights have a row for each column of x, so that they grow
    with the items.

    Args:
        num_columns: Number of columns I.
        hidden_channels: H.
        step_channels: e. (default: ``10``)

    Shapes:
        - **input:** rows [B, I]; steps [B] int64
        - **output:** [B, I]

    Raises:
        ValueError: If a size is smaller than one, or than two for the step.
    """

    def __init__(self, num_columns: int, hidden_channels: int, step_channels: int = 10) -> None:
        super().__init__()
        self.num_columns = check_integer(num_columns, "num_columns", self, at_least=1)
        self.hidden_channels = check_integer(hidden_channels, "hidden_channels", self, at_least=1)
        self.step_channels = check_integer(step_channels, "step_channels", self, at_least=2)
        self.encode = nn.Parameter(torch.empty(num_columns, hidden_channels))
        self.decode = nn.Parameter(torch.empty(num_columns, hidden_channels))
        self.bias = nn.Parameter(torch.empty(num_columns))
        self.embed = nn.Linear(step_channels, step_channels)
        self.join = nn.Linear(step_channels, hidden_channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights normally with Glorot's deviation, biases with .001, as the authors do."""
        fan_in, fan_out = self.num_columns + self.step_channels, self.hidden_channels
        for weight in (self.encode, self.join.weight):  # one layer
            nn.init.normal_(weight, std=(2 / (fan_in + fan_out)) ** 0.5)
        nn.init.normal_(self.decode, std=(2 / (self.num_columns + fan_out)) ** 0.5)
        nn.init.normal_(self.embed.weight, std=self.step_channels**-0.5)
        for bias in (self.bias, self.embed.bias, self.join.bias):
            nn.init.normal_(bias, std=1e-3)

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        known = self.join(self.embed(self._waves(step)))  # [B] -> [B, H]
        hidden = torch.tanh(x @ self.encode + known)  # [B, I] x [I, H] -> [B, H]
        return hidden @ self.decode.t() + self.bias  # [B, H] x [H, I] -> [B, I]

    def _waves(self, step: Tensor) -> Tensor:
        half = self.step_channels // 2
        length = torch.arange(half, dtype=torch.float64, device=step.device) / half
        angle = step.unsqueeze(1) * LONGEST**-length  # [B, 1] x [e / 2] -> [B, e / 2]
        waves = torch.cat(
            [angle.cos(), angle.sin(), angle.new_zeros(len(step), self.step_channels % 2)], dim=1
        )
        return waves.to(self.encode.dtype)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_columns}, {self.hidden_channels}, {self.step_channels})"
