"""The user-item graph without some of its edges or nodes, normalised by what is left."""

from typing import Literal

import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.normalize import normalize
from pygmmrec.transforms.drop_edge import draw_budget
from pygmmrec.utils.check import check, check_probability

AUGMENTATIONS = ("edges", "nodes", "walk")
"""What a view may lack; a walk is edges, drawn anew for each layer."""


def graph_view(adj: Adj, p: float, kind: Literal["edges", "nodes"] = "edges") -> Adj:
    r"""Draw a view of a user-item graph, as SGL does (`arXiv 2010.10783 <https://arxiv.org/abs/2010.10783>`_).

    - ``edges`` keeps :math:`\lfloor (1 - p) E \rfloor` edges, drawn without replacement
    - ``nodes`` drops :math:`\lfloor p U \rfloor` users and :math:`\lfloor p I \rfloor` items with their edges

    What is left is weighted anew by :math:`1 / \sqrt{d_u d_i}`. Draws come from torch's global random state.

    Args:
        adj: The graph, [I, U]; its weights are not looked at.
        p: Share that is dropped, in [0, 1).
        kind: What is dropped. (default: ``edges``)

    Shapes:
        - **output:** :class:`~.Adj` [I, U]

    Raises:
        ValueError: If ``p`` is not in [0, 1), or the kind is unknown.
    """
    check_probability(p, "p", "graph_view")
    check(kind in AUGMENTATIONS[:2], "kind", f"one of {AUGMENTATIONS[:2]}", "graph_view", kind)
    if kind == "edges":
        return renormalized(adj, draw_budget(adj.nnz, p, adj.device))
    kept = [torch.ones(num, dtype=torch.bool, device=adj.device) for num in (adj.num_rows, adj.num_cols)]
    for mask in kept:
        mask[torch.randperm(mask.numel(), device=adj.device)[: int(p * mask.numel())]] = False
    return renormalized(adj, kept[0][adj.row] & kept[1][adj.col])


def renormalized(adj: Adj, keep: torch.Tensor) -> Adj:
    """The entries that a mask [E] keeps, weighted by the degrees that are left."""
    left = adj.keep(keep)
    size = (adj.num_cols, adj.num_rows)
    return left.with_value(normalize(left.edge_index, None, size, "sym").to(adj.value))
