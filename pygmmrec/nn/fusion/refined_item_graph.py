"""The item graph of CRANE: features refined by attention, then their nearest neighbours."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.bipartite import stack, unstack
from pygmmrec.nn.conv.latent_item_graph import LatentItemGraph
from pygmmrec.nn.feature import RCA, Reduce, UserProfile
from pygmmrec.nn.feature.rca import RCAOptions
from pygmmrec.nn.feature.user_profile import ProfileAggr
from pygmmrec.nn.fusion.fuse import Fuse, FuseMode
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check


class RefinedItemGraph(nn.Module):
    r"""Item features to an item graph whose weights carry a gradient (eq. 5 to 14 of CRANE, `arXiv 2601.11151
    <https://arxiv.org/abs/2601.11151>`_).

    Each modality is projected (:class:`~pygmmrec.nn.Reduce`), users get a profile from their items
    (:class:`~pygmmrec.nn.UserProfile`), users and items are refined together (:class:`~pygmmrec.nn.RCA`), and
    items are joined to their nearest (:class:`~pygmmrec.nn.Fuse`, :class:`~pygmmrec.nn.LatentItemGraph`).
    All of it learns through the kept weights.

    Args:
        modality_dims: Feature size of each modality.
        channels: D, the size they are projected to.
        k: Neighbours of each item. (default: ``15``)
        include_self: Whether an item is its own neighbour. (default: ``True``)
        profile_aggr: How a profile gathers its items' features. (default: ``sum``, eq. 5)
        fusion: How the refined modalities are joined. (default: ``concat``, eq. 13)
        rca: Further arguments of :class:`~pygmmrec.nn.RCA` by name. (default: its own)
        edge_temperature: Sharpens the kept weights by a softmax, see :class:`~pygmmrec.nn.LatentItemGraph`.
            (default: ``None``, eq. 14)
        search: How neighbours are found, see :class:`~pygmmrec.transforms.ItemKNNGraph`. (default: ``exact``)

    Shapes:
        - **input:** item features by modality [I, F_m]; user profile edges, :class:`~.Adj`
          [U, I]; optionally, by modality, which items have it, bool [I]
        - **output:** :class:`~.Adj` [I, I] with I · k entries

    Raises:
        ValueError: If an argument is out of range, or the input lacks a modality.
    """

    def __init__(
        self,
        modality_dims: Mapping[str, int],
        channels: int,
        *,
        k: int = 15,
        include_self: bool = True,
        profile_aggr: ProfileAggr = "sum",
        fusion: FuseMode = "concat",
        rca: RCAOptions | None = None,
        edge_temperature: float | None = None,
        search: Search = "exact",
    ) -> None:
        super().__init__()
        self.project = Reduce(modality_dims, channels)
        self.profile = UserProfile(profile_aggr, channels=channels)
        self.rca = RCA(list(modality_dims), channels, **(rca or {}))
        self.fuse = Fuse(fusion)
        self.graph = LatentItemGraph(
            k, include_self=include_self, temperature=edge_temperature, search=search
        )

    def reset_parameters(self) -> None:
        """Draw all weights again."""
        for layer in (self.project, self.profile, self.rca):
            layer.reset_parameters()

    def refine(self, x: Modalities, adj: Adj, available: Mapping[str, Tensor] | None = None) -> Modalities:
        """The refined item features by modality, [I, D]; arguments as for the whole layer."""
        entities, known = {}, {}
        for name, items in self.project(x).items():  # [I, F_m] -> [I, D]
            mask = (available or {}).get(name)
            fits = mask is None or (mask.dtype == torch.bool and mask.shape == items.shape[:1])
            check(fits, "available", f"a bool mask [{items.size(0)}] by modality", self, name)
            edges = adj if mask is None else adj.keep(mask[adj.col])
            entities[name] = stack(self.profile(items, edges), items)  # [N, D]
            if mask is not None:
                known[name] = stack(edges.degree() > 0, mask)  # [N]
        refined = self.rca(entities, known)
        return {name: unstack(x_m, adj.num_rows).item for name, x_m in refined.items()}

    def forward(self, x: Modalities, adj: Adj, available: Mapping[str, Tensor] | None = None) -> Adj:
        graph: Adj = self.graph(self.fuse(self.refine(x, adj, available)))
        return graph
