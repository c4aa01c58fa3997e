"""LightGCN propagation of what starts on one side of the user-item graph."""

from torch import Tensor, nn

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.utils.check import check_integer


class OneSidedPropagation(nn.Module):
    r"""What :class:`LightGCNPropagation` gives where users, or items, start with zeros, in half of its
    products (the stack is that of `LightGCN <https://arxiv.org/abs/2002.02126>`_).

    .. math::
        x' = \frac{1}{L + 1} \sum_{2 l \le L} (B A)^l x, \qquad
        y' = \frac{1}{L + 1} \sum_{2 l < L} A (B A)^l x

    Propagation is linear, so that :math:`P(u, v) = P(u, 0) + P(0, v)`. Several features of items that meet
    the same features of users are propagated with these once, and not once each.

    Args:
        num_layers: L, at least 0. (default: ``2``)

    Shapes:
        - **input:** features [N, D] of one side; graph to the other side :math:`A`,
          :class:`~.Adj` [S, N]; graph back :math:`B`, [N, S]
        - **output:** :math:`x'` [N, D] of the same side, :math:`y'` [S, D] of the other

    Raises:
        ValueError: If ``num_layers`` is negative, or a graph does not fit.
    """

    def __init__(self, num_layers: int = 2) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0)

    def forward(self, x: Tensor, to_other: Adj, back: Adj) -> tuple[Tensor, Tensor]:
        own, other = x, x.new_zeros(to_other.num_rows, x.size(1))
        for layer in range(self.num_layers):  # Horner's rule, one side at a time
            if layer % 2 == 0:
                other = spmm(to_other, own)  # [N, D] -> [S, D]
            else:
                own = spmm(back, other) + x  # [S, D] -> [N, D]
        return own / (self.num_layers + 1), other / (self.num_layers + 1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_layers={self.num_layers})"
