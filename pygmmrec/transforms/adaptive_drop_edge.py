"""Degree-sensitive edge dropping on the user-item graph."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.transforms.drop_edge import MODES, DropMode, keep_edges
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.typing import INTERACTS
from pygmmrec.utils.check import check, check_probability


class AdaptiveDropEdge(GraphTransform):
    r"""Drop edges between popular nodes more often: CRANE's adaptive DropEdge (`arXiv 2601.11151
    <https://arxiv.org/abs/2601.11151>`_, eq. 2), which `FREEDOM <https://arxiv.org/abs/2211.06924>`_ calls
    degree-sensitive pruning.

    The retention rule is :math:`p_{ui} = 1 / \sqrt{d_u d_i}`.

    - ``bernoulli`` keeps each edge on its own with probability :math:`p_{ui}`; if ``p`` is given, with
      :math:`\min(1, c \, p_{ui})`, where :math:`c` makes the expected share of dropped edges ``p``
    - ``budget`` keeps exactly :math:`\lfloor (1 - p) E \rceil` edges (at least one), drawn without
      replacement with weights :math:`p_{ui}` (by Gumbel top-k, so that E has no upper limit)

    Normalise and build matrices after it: weights and matrices of the full graph are taken away. Draws come
    from torch's global random state.

    Args:
        p: Share of edges to drop, in [0, 1); may be ``None`` in mode ``bernoulli``. (default: ``0.1``)
        mode: How edges are drawn. (default: ``bernoulli``)

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self, p: float | None = 0.1, *, mode: DropMode = "bernoulli") -> None:
        check(mode in MODES, "mode", f"one of {MODES}", self, mode)
        check(p is not None or mode == "bernoulli", "p", "a number in mode 'budget'", self, p)
        self.p = None if p is None else check_probability(p, "p", self)
        self.mode = mode

    def forward(self, data: HeteroData) -> HeteroData:
        retention = retention_probability(data[INTERACTS].edge_index)
        if self.mode == "budget":
            num_kept = max(1, round((1 - (self.p or 0.0)) * retention.numel()))
            return keep_edges(data, _draw_without_replacement(retention, num_kept), self)
        if self.p is not None:
            retention = scale_to_mean(retention, 1 - self.p)
        return keep_edges(data, torch.rand_like(retention) < retention, self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p}, mode={self.mode!r})"


def retention_probability(edge_index: Tensor) -> Tensor:
    r""":math:`1 / \sqrt{d_u d_i}` of each edge: [2, E] to [E]."""
    degree = [torch.bincount(index)[index].float() for index in edge_index]
    return (degree[0] * degree[1]).rsqrt()


def scale_to_mean(probability: Tensor, mean: float) -> Tensor:
    r"""Scale probabilities to :math:`\min(1, c \, p)` with the given mean; exact, by one sort.

    If the m largest are cut at one, the others sum to ``mean · E - m``; the right m is the first at which
    the largest of the others stays below one.
    """
    ordered = probability.double().sort(descending=True).values
    num_cut = torch.arange(ordered.numel(), device=ordered.device)
    rest = ordered.flip(0).cumsum(0).flip(0)  # sum from each rank on
    factor = (mean * ordered.numel() - num_cut) / rest
    fits = factor * ordered <= 1 + 1e-9
    first = fits.to(torch.int8).argmax()
    return (probability * factor[first]).clamp(0, 1).to(probability.dtype)


def _draw_without_replacement(weight: Tensor, num: int) -> Tensor:
    """Mask [E] of ``num`` draws without replacement, by Gumbel top-k."""
    gumbel = -torch.empty_like(weight).exponential_().log()
    keep = torch.zeros_like(weight, dtype=torch.bool)
    keep[(weight.log() + gumbel).topk(num, sorted=False).indices] = True
    return keep
