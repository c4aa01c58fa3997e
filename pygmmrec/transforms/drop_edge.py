"""Uniform edge dropping on the user-item graph."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import HELD_OUT, INTERACTS, REV_INTERACTS, THINNED
from pygmmrec.utils.check import check, check_probability

DropMode: TypeAlias = Literal["bernoulli", "budget"]
MODES = ("bernoulli", "budget")


def keep_edges(data: HeteroData, keep: Tensor, by: BaseTransform) -> HeteroData:
    """Keep a subset of the training edges in both directions, and drop what was derived from all of them.

    Args:
        data: The graph, changed in place; it says from now on who thinned it out, and no evaluation takes it.
        keep: Which columns of the ``edge_index`` of ``user-interacts-item`` stay, [E] bool.
        by: The transform that thins out.
    """
    forward, reverse = data[INTERACTS], data[REV_INTERACTS]
    by_item = torch.argsort(forward.edge_index[1], stable=True)  # the order of the reverse edges
    for store, kept in ((forward, keep), (reverse, keep[by_item])):
        for name in ("edge_weight", "weighted"):
            store.pop(name, None)
        names = [name for name in store.edge_attrs() if name not in HELD_OUT]
        found = {name: store[name] for name in names}  # ratings and timestamps too, if any
        rewire(store, **{name: x[:, kept] if name == "edge_index" else x[kept] for name, x in found.items()})
    data[THINNED] = repr(by)
    return data


class DropEdge(GraphTransform):
    r"""Keep each training edge with probability :math:`1 - p`, as `DropEdge
    <https://arxiv.org/abs/1907.10903>`_ proposes.

    - ``bernoulli`` decides on each edge on its own
    - ``budget`` keeps exactly :math:`\lfloor (1 - p) E \rfloor` edges, at least one, drawn without
      replacement

    Normalise and build matrices after it: weights and matrices of the full graph are taken away. Draws come
    from torch's global random state.

    Args:
        p: Probability that an edge is dropped, in [0, 1). (default: ``0.1``)
        mode: How edges are drawn. (default: ``bernoulli``)

    Raises:
        ValueError: If ``p`` is not in [0, 1), or the mode is unknown.
    """

    def __init__(self, p: float = 0.1, *, mode: DropMode = "bernoulli") -> None:
        check(mode in MODES, "mode", f"one of {MODES}", self, mode)
        self.p = check_probability(p, "p", self)
        self.mode = mode

    def forward(self, data: HeteroData) -> HeteroData:
        edge_index = data[INTERACTS].edge_index
        if self.mode == "budget":
            return keep_edges(data, draw_budget(edge_index.size(1), self.p, edge_index.device), self)
        keep = torch.rand(edge_index.size(1), device=edge_index.device) >= self.p
        return keep_edges(data, keep, self)

    def __repr__(self) -> str:
        mode = "" if self.mode == "bernoulli" else f", mode={self.mode!r}"
        return f"{type(self).__name__}(p={self.p}{mode})"


def draw_budget(num: int, p: float, device: torch.device) -> Tensor:
    """Mask [num] of the share 1 - p, rounded down, out of num, at least one; all are equally likely."""
    keep = torch.zeros(num, dtype=torch.bool, device=device)
    keep[torch.randperm(num, device=device)[: max(1, int((1 - p) * num))]] = True
    return keep
