"""Degree normalisation of edge weights, said once."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor

from pygmmrec.utils.check import check

Norm: TypeAlias = Literal["sym", "row", "none"]
NORMS = ("sym", "row", "none")


def normalize(
    edge_index: Tensor,
    edge_weight: Tensor | None,
    size: tuple[int, int],
    norm: Norm,
    *,
    same_nodes: bool = False,
) -> Tensor:
    r"""Weights of a graph after degree normalisation; a node without edges keeps none.

    Degrees are sums of weights: :math:`d_i` of the edges that reach destination :math:`i`,
    and :math:`d_j` of the edges that leave source :math:`j`.

    - ``sym``: :math:`w_{ij} / \sqrt{d_i d_j}`; on an undirected graph :math:`D^{-1/2} A D^{-1/2}`
    - ``row``: :math:`w_{ij} / d_i`, so that what reaches a node sums to one
    - ``none``: :math:`w_{ij}`

    Args:
        edge_index: Source and destination of each edge, [2, E].
        edge_weight: Non-negative weight of each edge, [E]; ones if not given.
        size: ``(num_src, num_dst)``.
        norm: The normalisation.
        same_nodes: Whether sources and destinations are one set of nodes. A node's degree at both ends is
            then what reaches it: row sums on both sides, as the field normalises its directed kNN graphs.

    Shapes:
        - **output:** [E]

    Raises:
        ValueError: If ``norm`` is unknown.
    """
    check(norm in NORMS, "norm", f"one of {NORMS}", "normalize", norm)
    src, dst = edge_index[0], edge_index[1]
    weight = torch.ones(src.numel(), device=src.device) if edge_weight is None else edge_weight
    if norm == "none":
        return weight
    in_degree = weight.new_zeros(size[1]).index_add(0, dst, weight)
    if norm == "row":
        return weight * _power(in_degree, -1.0).index_select(0, dst)
    out_degree = in_degree if same_nodes else weight.new_zeros(size[0]).index_add(0, src, weight)
    scale_dst, scale_src = _power(in_degree, -0.5), _power(out_degree, -0.5)
    return weight * scale_dst.index_select(0, dst) * scale_src.index_select(0, src)


def _power(degree: Tensor, exponent: float) -> Tensor:
    """``degree ** exponent``; zero where the degree is zero, and so is its gradient (not 0 · ∞)."""
    return degree.masked_fill(degree <= 0, torch.inf).pow(exponent)
