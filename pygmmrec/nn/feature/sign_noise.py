"""Noise that leaves each entry on its side of zero."""

import torch
from torch import Tensor, nn

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.utils.check import check_number


class SignNoise(nn.Module):
    r"""Add noise of a fixed length and of the signs of what it is added to (SimGCL, `arXiv 2112.08679
    <https://arxiv.org/abs/2112.08679>`_).

    .. math::
        h' = h + \epsilon \, \mathrm{sign}(h) \odot \frac{r}{\Vert r \Vert}, \qquad r \sim U[0, 1)^D

    anew for each row. No entry changes its sign, and an entry of zero stays. In evaluation mode nothing is
    added.

    Args:
        eps: :math:`\epsilon`, the length of the noise, at least 0. (default: ``0.1``)

    Shapes:
        - **input:** [..., D], rows being along the last dimension
        - **output:** [..., D]

    Raises:
        ValueError: If ``eps`` is negative.
    """

    def __init__(self, eps: float = 0.1) -> None:
        super().__init__()
        self.eps = check_number(eps, "eps", self, at_least=0)

    def draw(self, x: Tensor) -> Tensor:
        """Uniform numbers of the shape of ``x``."""
        return torch.rand_like(x)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.eps == 0:
            return x
        return x + self.eps * x.detach().sign() * unit_rows(self.draw(x))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(eps={self.eps})"
