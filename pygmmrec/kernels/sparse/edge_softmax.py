"""A softmax over each row of a sparse matrix."""

from __future__ import annotations

from torch import Tensor
from torch_geometric.utils import softmax

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.utils.check import check


def edge_softmax(adj: Adj, score: Tensor, mask: Tensor | None = None) -> Tensor:
    """Weights of the entries that sum to one in each row.

    Args:
        adj: The matrix, of which only the places of its E entries count.
        score: [E].
        mask: Which entries take part, bool [E]; the others weigh zero, and so do all entries of a row in
            which none does. (default: ``None``, all)

    Shapes:
        - **output:** [E]

    Raises:
        ValueError: If ``score`` or ``mask`` is not [E].
    """
    for arg, value in (("score", score), ("mask", mask)):
        fits = value is None or value.shape == adj.col.shape
        check(fits, arg, f"of shape {list(adj.col.shape)}", "edge_softmax", value)
    if mask is not None:
        score = score.masked_fill(~mask, -1e4)  # finite, for the rows of which nothing is left
    weight: Tensor = softmax(score, adj.row, num_nodes=adj.num_rows)
    return weight if mask is None else weight * mask
