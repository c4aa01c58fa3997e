"""Propagation on an item graph."""

from torch import Tensor, nn

from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.sparse.spmm import AdjLike, as_adj, spmm, spmm_rows
from pygmmrec.utils.check import check_integer


class ItemGraphConv(nn.Module):
    r"""Sum each item's neighbours by weight, L times: :math:`H^{(l+1)} = S H^{(l)}`.

    Gradients reach the features and, where they ask for one, the edge weights of :math:`S`, so that the
    graph itself can be learned. The graph may be directed.

    Args:
        num_layers: L, at least 0. (default: ``1``)

    Shapes:
        - **input:** item features [I, D]; graph: :class:`~.Adj` [I, I], or anything that
          :func:`~.as_adj` reads (an edge index may come with weights [E]); optionally
          ``at``, the items [B] that a batch needs, of which some may repeat: where
          :func:`~.rows_pay`, the last layer then costs no more than their edges
        - **output:** [I, D], or [B, D]

    Raises:
        ValueError: If ``num_layers`` is negative, or the graph does not fit the features.
    """

    def __init__(self, num_layers: int = 1) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0)

    def forward(
        self, x: Tensor, adj: AdjLike, edge_weight: Tensor | None = None, at: Tensor | None = None
    ) -> Tensor:
        matrix = as_adj(adj, edge_weight, size=(x.size(0), x.size(0)))
        for _ in range(self.num_layers if at is None else self.num_layers - 1):
            x = spmm(matrix, x)
        if at is None:
            return x
        return spmm_rows(matrix, x, at) if self.num_layers > 0 else rows(x, at)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_layers={self.num_layers})"
