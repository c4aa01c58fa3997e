"""MambaRec: features refined by dilated attention, and distributions of modalities brought together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import combinations
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.graph.modalities import availability, modality_places, nodes_having
from pygmmrec.graph.places import LAYOUTS, Layout, pool_places
from pygmmrec.kernels.neighbours.knn import Search
from pygmmrec.kernels.rows.rows import distinct_nodes, rows, triplet_rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import bpr_loss, info_nce_loss, l2_loss, mmd_loss
from pygmmrec.losses.info_nce import node_info_nce_loss
from pygmmrec.losses.mmd import Bandwidth, check_bandwidth
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import DREAM, LightGCNPropagation, MultiView, NodeTable, Reduce
from pygmmrec.transforms import BipartiteNorm, ItemKNNGraph, Prepare, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings, Modalities, Triplets, item_edge_type
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")
CONTRASTS = ("modality", "behaviour", None)
MMD_ROWS = ("unit", "raw")


class MambaRec(Recommender):
    r"""MambaRec (`arXiv 2509.09114 <https://arxiv.org/abs/2509.09114>`_). It holds no state space model.

    1. **Features** (eq. 12, 13 and 1 to 6): each modality is reduced, and refined by
       :class:`~pygmmrec.nn.DREAM`, the local alignment: :math:`h_m = \mathrm{DREAM}_m(x_m W_m)`. Tokens
       [I, L, F] and maps [I, F, H, W] keep their places until then, so that the dilation is real, and are
       averaged over them afterwards, to a row for each item.
    2. **Collaborative view**: :math:`e = \mathrm{LightGCN}(E_u, E_i)`.
    3. **Modality view**: :class:`~pygmmrec.nn.MultiView`, the encoder of MGCN, gives :math:`s` from
       :math:`h_m`, one frozen item graph for each modality, and :math:`e`.
    4. **Ranking** (eq. 14): :math:`e^* = e + s`, :math:`s_{ui} = e_u^{*\top} e_i^*`.
    5. **Loss** (eq. 7 to 11, 15, 16): BPR + L2 + the global alignment of a batch's items: MMD of the rows of
       :math:`h_m`, and InfoNCE; means over pairs of modalities where there are several. BPR (eq. 15) is the
       mean :math:`-\frac{1}{B} \sum \ln \sigma(s_{ui} - s_{uj})` over the triplets of a batch. All weights
       below belong to that: beside a sum over a batch, they would be B times lighter.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; those not named are left out.
        embedding_dim: Embedding size D. (default: ``64``)
        num_ui_layers: Layers of the collaborative view. (default: ``4``, released)
        num_ii_layers: Layers on the item graphs. (default: ``1``, released)
        reduction: r. ``paper``: all modalities to :math:`\lfloor \min_m F_m / r \rfloor`. ``released``: the
            widest, which are the images of its data, to D by way of :math:`\lfloor F_m / r \rfloor`, and the
            others to D at once; or by way of :math:`\lfloor F_m / r_m \rfloor` those of a mapping from
            modality to r. (default: ``8``)
        local_alignment: Whether DREAM refines the features (ablation). (default: ``True``)
        p: Fraction of the refined features dropped; released: 0.2. (default: ``0``)
        mmd_weight: Weight of MMD; 0 leaves it out (ablation). (default: ``0.15``; searched: .1, .15, .2)
        bandwidth: :math:`\sigma` of MMD, see :func:`~pygmmrec.losses.mmd_loss`. (default: ``1.5``; searched:
            1, 1.5, 2)
        mmd_rows: What MMD compares: ``unit``, the rows of :math:`h_m` scaled to length one, or ``raw``, as
            they are. Unit rows are at most 2 apart, where a kernel of :math:`\sigma = 1.5` is close to
            quadratic, so that MMD sees little but their means; ``raw`` with the bandwidths ``medians`` sees
            spread and shape as well. (default: ``unit``, released)
        cl_weight: Weight of InfoNCE; 0 leaves it out (ablation). (default: ``0.01``)
        contrast: What InfoNCE compares: ``modality``, the :math:`h_m` of an item with each other, or
            ``behaviour``, :math:`s` with :math:`e`. ``None`` is the variant's own. (default: ``None``)
        temperature: :math:`\tau` of InfoNCE. (default: ``0.2``)
        reg_weight: Weight of the L2 term. (default: ``1e-4``)
        variant: ``paper``, or ``released`` for the published code. (default: ``paper``)
        data_dims: Feature size of all modalities of the data, out of which ``reduction`` takes the smallest
            or the widest: where ``modality_dims`` has one of them alone, it is reduced as far as beside the
            others. ``from_data`` reads it from the graph. (default: ``None``, ``modality_dims``)
        layouts: Modalities that are ``tokens`` or ``maps``, the others being ``nodes``, vectors.
            ``from_data`` reads it from the graph. (default: ``None``)

    Raises:
        ValueError: If an argument is out of range.

    Differences: the released code has another DREAM (see there) and a layer norm after it, reduces images
        only and in two steps, contrasts :math:`s` with :math:`e` and not the modalities, takes the L2 term
        of :math:`e^*` and not of the free embeddings, trains the raw features too, and runs DREAM twice a
        step, which moves the running statistics twice. Here it runs once, on the features of the graph.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_ui_layers: int = 4,
        num_ii_layers: int = 1,
        reduction: int | Mapping[str, int] = 8,
        local_alignment: bool = True,
        p: float = 0.0,
        mmd_weight: float = 0.15,
        bandwidth: Bandwidth = 1.5,
        cl_weight: float = 0.01,
        contrast: Literal["modality", "behaviour"] | None = None,
        temperature: float = 0.2,
        reg_weight: float = 1e-4,
        mmd_rows: Literal["unit", "raw"] = "unit",
        variant: Literal["paper", "released"] = "paper",
        data_dims: Mapping[str, int] | None = None,
        layouts: Mapping[str, Layout] | None = None,
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        check(contrast in CONTRASTS, "contrast", f"one of {CONTRASTS}", self, contrast)
        check(mmd_rows in MMD_ROWS, "mmd_rows", f"one of {MMD_ROWS}", self, mmd_rows)
        check_bandwidth(bandwidth, self)
        layouts = {} if layouts is None else dict(layouts)
        check(set(layouts.values()) <= set(LAYOUTS), "layouts", f"out of {LAYOUTS}", self, layouts)
        shared = variant == "released" or isinstance(reduction, int)
        check(shared, "reduction", "one number where 'variant' is 'paper'", self, reduction)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_ui_layers = num_ui_layers
        self.num_ii_layers = num_ii_layers
        self.reduction = reduction if isinstance(reduction, int) else dict(reduction)
        self.local_alignment = local_alignment
        self.p = p
        self.mmd_weight = mmd_weight
        self.bandwidth = bandwidth
        self.cl_weight = cl_weight
        self.contrast = contrast
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.mmd_rows = mmd_rows
        self.variant = variant
        self.data_dims = None if data_dims is None else dict(data_dims)
        self.layouts = layouts

        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        if variant == "paper":
            self.reduce = Reduce.shared(modality_dims, cast(int, reduction), data_channels=data_dims)
        else:
            self.reduce = Reduce.by_ratio(
                modality_dims, embedding_dim, reduction, bias=True, data_channels=data_dims
            )
        size = self.reduce.out_channels
        refined = modality_dims if local_alignment else ()
        self.dream = nn.ModuleDict(
            {name: DREAM(size, layout=layouts.get(name, "nodes"), variant=variant) for name in refined}
        )
        sizes = dict.fromkeys(modality_dims, 5 * size if local_alignment and variant == "paper" else size)
        self.norm = nn.LayerNorm(size) if variant == "released" else None
        self.dropout = nn.Dropout(p)
        self.collaborative = LightGCNPropagation(num_ui_layers)
        self.multi_view = MultiView(sizes, embedding_dim, num_layers=num_ii_layers)
        self.reset_parameters()

    @classmethod
    def pre_transform(
        cls, k: int = 10, modality: list[str] | None = None, search: Search = "exact"
    ) -> BaseTransform:
        """The user-item graph, and the cosine graph of each item's k nearest in each modality."""
        graph = ItemKNNGraph(k, modality=modality, weighted=True, search=search)
        return Prepare(cls.__name__, [BipartiteNorm(), graph, ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        layers: list[Any] = [self.reduce, *self.dream.values(), self.norm, self.multi_view]
        for layer in layers:
            if layer is not None:
                layer.reset_parameters()

    def features(self, data: HeteroData) -> Modalities:
        """The reduced and refined features of all items, averaged over their places: each [I, C]."""
        h: Modalities = self.reduce(modality_places(data, self.modality_dims))  # [I, ..., F_m] -> [I, ..., C]
        h = {name: h_m.movedim(-1, 1) if h_m.dim() == 4 else h_m for name, h_m in h.items()}
        if self.local_alignment:
            h = {name: self.dream[name](h_m) for name, h_m in h.items()}
        return {name: pool_places(h_m) for name, h_m in h.items()}

    def views(
        self, data: HeteroData, x: Modalities, at: Embeddings | None = None
    ) -> tuple[Embeddings, Embeddings]:
        """Views e and s from :meth:`features`: of all users and items, or of those with these indices."""
        x = {name: self.dropout(h if self.norm is None else self.norm(h)) for name, h in x.items()}
        user, item = self.user_embedding.weight, self.item_embedding.weight
        e = self.collaborative(user, item, self.adj(data, INTERACTS), at=at)
        graphs = {name: self.adj(data, item_edge_type(f"{name}_knn")) for name in x}
        return e, self.multi_view(x, item, e, graphs, self.adj(data, REV_INTERACTS), at)

    def forward(self, data: HeteroData) -> Embeddings:
        e, s = self.views(data, self.features(data))
        return Embeddings(e.user + s.user, e.item + s.item)

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        x = self.features(data)
        at, among = distinct_nodes(batch)
        e, s = self.views(data, x, at)
        user, pos, neg = triplet_rows(e.user + s.user, e.item + s.item, among)  # [B, D] each
        terms = {"bpr": bpr_loss((user * pos).sum(dim=-1), (user * neg).sum(dim=-1))}
        paper = self.variant == "paper"
        if paper:
            user, pos, neg = triplet_rows(self.user_embedding.weight, self.item_embedding.weight, batch)
        terms["l2"] = self.reg_weight * l2_loss(user, pos, neg)
        contrast = self.contrast or ("modality" if paper else "behaviour")
        if self.cl_weight != 0 and contrast == "behaviour":
            nce = partial(node_info_nce_loss, temperature=self.temperature, distinct=paper)
            terms["cl_user"] = self.cl_weight * nce(s.user, e.user, among.user)
            terms["cl_item"] = self.cl_weight * nce(s.item, e.item, among.pos)
        nodes = partial(nodes_having, availability(data), *batch.pos.unique(return_counts=True))
        having = [(h, *nodes(name)) for name, h in x.items()]  # rows of an item are equal
        aligned = [(rows(h, i), n) for h, i, n in having if i.numel() > 0]
        if self.mmd_weight != 0 and len(aligned) > 1:
            samples, counts = zip(*aligned, strict=True)
            samples = tuple(map(unit_rows, samples)) if self.mmd_rows == "unit" else samples
            terms["mmd"] = self.mmd_weight * mmd_loss(*samples, bandwidth=self.bandwidth, counts=counts)
        if self.cl_weight != 0 and contrast == "modality":
            pairs = [(x[a], x[b], *nodes(a, b)) for a, b in combinations(x, 2)]
            views = [(rows(a, i), rows(b, i), n) for a, b, i, n in pairs if i.numel() > 0]
            losses = [info_nce_loss(a, b, temperature=self.temperature, count=n) for a, b, n in views]
            if losses:
                terms["cl_modality"] = self.cl_weight * torch.stack(losses).mean()
        return terms
