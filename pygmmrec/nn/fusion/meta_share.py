"""What modalities share, carried over to an embedding by matrices of low rank, each node's own."""

from __future__ import annotations

from torch import Tensor, nn

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.utils.check import check_integer


class MetaShare(nn.Module):
    r"""The meta network of REARM (`arXiv 2508.13745 <https://arxiv.org/abs/2508.13745>`_): content g decides
    how the embedding x of a node is transformed.

    .. math::
        n = W \, \mathrm{sg}(g) + b, \qquad
        W_1 = \mathrm{softmax}_D \Big( \frac{f_1(n)}{\Vert f_1(n) \Vert} + \mathrm{mean} \Big), \qquad
        W_2 = \mathrm{softmax}_R \Big( \frac{f_2(n)}{\Vert f_2(n) \Vert} + \mathrm{mean} \Big), \qquad
        x' = (x^\top W_1) W_2

    for two MLPs f with a PReLU. The mean is over all nodes; :math:`W_1` is [D, R] and :math:`W_2` is [R, D].
    No gradient goes to the content.

    Args:
        in_channels: Size of the content.
        channels: D.
        rank: R.

    Shapes:
        - **input:** content [N, C]; embedding [N, D]
        - **output:** [N, D]

    Raises:
        ValueError: If a size is smaller than one.
    """

    def __init__(self, in_channels: int, channels: int, rank: int) -> None:
        super().__init__()
        self.in_channels = check_integer(in_channels, "in_channels", self, at_least=1)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.rank = check_integer(rank, "rank", self, at_least=1)
        size = channels * rank
        self.compress = nn.Linear(in_channels, channels)
        self.first = nn.Sequential(nn.Linear(channels, size), nn.PReLU(), nn.Linear(size, size))
        self.second = nn.Sequential(nn.Linear(channels, size), nn.PReLU(), nn.Linear(size, size))

    def reset_parameters(self) -> None:
        """Draw all weights again, as torch does."""
        for module in (self.compress, *self.first, *self.second):
            module.reset_parameters()

    def forward(self, content: Tensor, x: Tensor) -> Tensor:
        known = self.compress(content.detach())  # [N, C] -> [N, D]
        first = unit_rows(self.first(known)).view(-1, self.channels, self.rank)  # [N, D R] -> [N, D, R]
        second = unit_rows(self.second(known)).view(-1, self.rank, self.channels)  # [N, D R] -> [N, R, D]
        inner, outer = ((w + w.mean(dim=0)).softmax(dim=1) for w in (first, second))
        return (x.unsqueeze(1) @ inner @ outer).squeeze(1)  # [N, 1, D] x [N, D, R] x [N, R, D] -> [N, D]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_channels}, {self.channels}, rank={self.rank})"
