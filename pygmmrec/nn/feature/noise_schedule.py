"""How noise is added in steps, and how it is taken away again."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from pygmmrec.utils.check import check, check_integer, check_number

FIRST = 1e-4
"""The noise of the first step."""

MOST = 0.999
"""The most noise of any other."""


class NoiseSchedule:
    r"""Gaussian diffusion in T steps whose target is the clean row (`arXiv 2006.11239
    <https://arxiv.org/abs/2006.11239>`_), with variances that grow linearly as DiffMM (`arXiv 2406.11781
    <https://arxiv.org/abs/2406.11781>`_) has them:

    .. math::
        \beta_t = 1 - \frac{1 - v_t}{1 - v_{t-1}} \;(t > 0), \qquad \beta_0 = 10^{-4}, \qquad
        v = s \cdot \mathrm{linspace}(\mathrm{low}, \mathrm{high}, T), \qquad
        \bar\alpha_t = \prod_{r \le t} (1 - \beta_r)

    - :meth:`add`: :math:`x_t = \sqrt{\bar\alpha_t} \, x + \sqrt{1 - \bar\alpha_t} \, \epsilon`
    - :meth:`weight` of a step in the loss: :math:`\mathrm{SNR}_{t-1} - \mathrm{SNR}_t` with
      :math:`\mathrm{SNR} = \bar\alpha / (1 - \bar\alpha)`, and one for the first
    - :meth:`reverse`: from the last step to the first, the mean of what comes before a step given what is
      predicted, :math:`x \leftarrow c_t' f(x, t) + c_t'' x`, with its noise or without

    It has no weights; its numbers are computed in double precision.

    Args:
        num_steps: T. (default: ``5``)
        scale: s. (default: ``0.1``)
        low: Noise at the first step. (default: ``1e-4``)
        high: Noise at the last step. (default: ``0.02``)

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self, num_steps: int = 5, *, scale: float = 0.1, low: float = 1e-4, high: float = 0.02
    ) -> None:
        self.num_steps = check_integer(num_steps, "num_steps", self, at_least=1)
        self.scale = check_number(scale, "scale", self, above=0)
        self.low, self.high = check_number(low, "low", self, above=0), check_number(high, "high", self)
        fits = low <= high and scale * high < 1
        check(fits, "high", "at least 'low', and below 1 times 'scale'", self, (low, high, scale))
        variance = scale * torch.linspace(low, high, num_steps, dtype=torch.float64)
        beta = torch.full((num_steps,), FIRST, dtype=torch.float64)
        beta[1:] = (1 - (1 - variance[1:]) / (1 - variance[:-1])).clamp(max=MOST)
        kept = (1 - beta).cumprod(0)  # [T]
        before = torch.cat([kept.new_ones(1), kept[:-1]])
        posterior = beta * (1 - before) / (1 - kept)
        posterior[0] = posterior[min(1, num_steps - 1)]  # that of the first step is zero
        self.alpha_bar: list[float] = kept.tolist()
        self.of_predicted: list[float] = (beta * before.sqrt() / (1 - kept)).tolist()
        self.of_noisy: list[float] = ((1 - before) * (1 - beta).sqrt() / (1 - kept)).tolist()
        self.variance: list[float] = posterior.tolist()

    def add(self, x: Tensor, step: Tensor, noise: Tensor) -> Tensor:
        """Rows with the noise of their steps: [B, N], [B] int64 and standard normal [B, N] to [B, N]."""
        kept = torch.tensor(self.alpha_bar, dtype=torch.float64, device=x.device)[step].unsqueeze(1)  # [B, 1]
        return kept.sqrt().to(x.dtype) * x + (1 - kept).sqrt().to(x.dtype) * noise

    def weight(self, step: Tensor) -> Tensor:
        """How much each row counts in the loss: steps [B] int64 to [B], in double precision."""
        kept = torch.tensor(self.alpha_bar, dtype=torch.float64, device=step.device)
        ratio = kept / (1 - kept)
        return torch.cat([ratio.new_ones(1), ratio[:-1] - ratio[1:]])[step]

    def reverse(
        self, predict: Callable[[Tensor, Tensor], Tensor], x: Tensor, *, noisy: bool = False
    ) -> Tensor:
        """All steps backwards, [B, N] to [B, N].

        Args:
            predict: The clean row by the noisy one and the step, [B, N] and [B] to [B, N].
            x: Where it starts.
            noisy: Whether each step but the last draws its noise.
        """
        for step in reversed(range(self.num_steps)):
            steps = torch.full((x.size(0),), step, dtype=torch.int64, device=x.device)
            x = self.of_predicted[step] * predict(x, steps) + self.of_noisy[step] * x
            if noisy and step > 0:
                x = x + math.sqrt(self.variance[step]) * torch.randn_like(x)
        return x

    def __repr__(self) -> str:
        options = f"scale={self.scale}, low={self.low}, high={self.high}"
        return f"{type(self).__name__}({self.num_steps}, {options})"
