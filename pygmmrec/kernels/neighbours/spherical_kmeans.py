"""Clusters of directions."""

import torch
from torch import Tensor

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.utils.check import check


@torch.no_grad()
def spherical_kmeans(x: Tensor, k: int, *, num_rounds: int = 20) -> Tensor:
    """Centres of k clusters by cosine similarity, rows of length one.

    It starts from rows far from each other: first the one least like the mean, then always the one least like
    all that are chosen. Nothing is random, and the order of the rows does not matter. Rounds end when no row
    changes its cluster; a cluster without rows keeps its centre.

    Args:
        x: [N, F].
        k: Number of clusters, at most N.
        num_rounds: Most rounds. (default: ``20``)

    Shapes:
        - **output:** [k, F]

    Raises:
        ValueError: If ``k`` is not between 1 and N.
    """
    check(1 <= k <= x.size(0), "k", f"between 1 and {x.size(0)}, the number of rows", "spherical_kmeans", k)
    x = unit_rows(x)
    centres = x.new_empty(k, x.size(1))
    nearest = x @ x.mean(dim=0)  # [N, F] x [F] -> [N]
    for n in range(k):
        centres[n] = x[nearest.argmin()]
        similarity = x @ centres[n]
        nearest = similarity if n == 0 else torch.maximum(nearest, similarity)
    assigned = x.new_full((x.size(0),), -1, dtype=torch.int64)
    for _ in range(num_rounds):
        previous, assigned = assigned, (x @ centres.t()).argmax(dim=1)  # [N, F] x [F, k] -> [N]
        if torch.equal(previous, assigned):
            break
        sums = torch.zeros_like(centres).index_add_(0, assigned, x)  # [N, F] -> [k, F]
        filled = torch.bincount(assigned, minlength=k) > 0
        centres = torch.where(filled.unsqueeze(1), unit_rows(sums), centres)
    return centres
