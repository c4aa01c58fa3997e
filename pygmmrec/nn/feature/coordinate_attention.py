"""Attention between the coordinates of a vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from pygmmrec.kernels.rows.dropout import dropout
from pygmmrec.utils.check import check, check_probability

ENTRIES = 1 << 22
"""Attention weights at a time."""


class CoordinateAttention(nn.Module):
    r"""One head of width one in which the D coordinates of a row are a sequence of numbers (REARM, `arXiv
    2508.13745 <https://arxiv.org/abs/2508.13745>`_).

    .. math::
        a_c = w_o \sum_e \mathrm{softmax}_e \big( (w_q q_c + b_q) \, w_k x_e \big) \, w_v x_e

    Biases of keys, values and of the output are left out: the first drops out of the softmax, and the others
    add the same number to all coordinates, which the layer norm that follows takes away. Rows are attended to
    in blocks, and attention is computed again for the gradient, so that [N, D, D] is never there at once.

    Args:
        p: Dropout of attention weights in training. (default: ``0.0``)

    Shapes:
        - **input:** queries [N, D]; keys and values [N, D]
        - **output:** [N, D]

    Raises:
        ValueError: If ``p`` is not in [0, 1), or the shapes differ.
    """

    def __init__(self, p: float = 0.0) -> None:
        super().__init__()
        self.p = check_probability(p, "p", self)
        self.weight = nn.Parameter(torch.empty(4))  # w_q, w_k, w_v, w_o
        self.bias = nn.Parameter(torch.empty(1))  # b_q
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights as torch's attention of this width does; the bias starts at zero."""
        with torch.no_grad():
            self.weight[:3].uniform_(-(1.5**0.5), 1.5**0.5)
            self.weight[3:].uniform_(-1, 1)
            self.bias.zero_()

    def forward(self, query: Tensor, x: Tensor) -> Tensor:
        shape = list(query.shape)
        check(list(x.shape) == shape, "x", f"of shape {shape}", self, list(x.shape))
        height = max(ENTRIES // x.size(1) ** 2, 1)
        blocks = zip(query.split(height), x.split(height), strict=True)
        return torch.cat([checkpoint(self._attend, q, kv, use_reentrant=False) for q, kv in blocks])

    def _attend(self, query: Tensor, x: Tensor) -> Tensor:
        of_query, of_key, of_value, of_output = self.weight.unbind()
        logits = (of_query * query + self.bias).unsqueeze(2) * (of_key * x).unsqueeze(1)  # [n, D, D]
        share = logits.softmax(dim=-1)
        if self.training and self.p > 0:
            share = dropout(share, self.p)
        return of_output * (share @ (of_value * x).unsqueeze(2)).squeeze(2)  # [n, D, D] x [n, D, 1]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


def coordinate_attention_ref(module: CoordinateAttention, query: Tensor, x: Tensor) -> Tensor:
    """What :class:`CoordinateAttention` computes without dropout, all rows at once."""
    w_q, w_k, w_v, w_o = module.weight.unbind()
    logits = torch.einsum("nc,ne->nce", w_q * query + module.bias, w_k * x)
    return w_o * torch.einsum("nce,ne->nc", logits.softmax(dim=-1), w_v * x)
