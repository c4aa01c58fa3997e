"""Graphs of single modalities that denoisers make of what users have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform
from torch_geometric.typing import NodeType

from pygmmrec.graph.modalities import availability, having_all, modalities, zero_missing
from pygmmrec.kernels.rows.dropout import dropout
from pygmmrec.kernels.rows.rows import triplet_scores
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import bpr_loss, denoising_loss, full_nce_loss, injection_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import ChosenItems, Denoiser, NodeTable, NoiseSchedule, Reduce, SelfLoopConv
from pygmmrec.nn.conv.chosen_items import Chosen, user_rows
from pygmmrec.transforms import Prepare, SelfLoopNorm, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, EdgeType, Embeddings, Modalities, Triplets
from pygmmrec.utils.check import check

CONTRASTS = ("views", "main")

Pair: TypeAlias = tuple[tuple[str, ...], Embeddings, Embeddings]
"""Two views to contrast, and the modalities that they are of."""


class DiffMM(Recommender):
    r"""DiffMM (`arXiv 2406.11781 <https://arxiv.org/abs/2406.11781>`_): for each modality a denoiser says
    which items a user may want, and a graph of these guides the contrast of modalities.

    1. **Denoisers**, one for each modality: users' rows :math:`r \in \{0, 1\}^I`, noisy by a random step,
       are to be predicted clean, and to mean by the features :math:`F_m` what r means by :math:`E_i`.
    2. **Graphs** :math:`A_m` of each epoch (:meth:`refresh`): the k items that a denoiser ranks first,
       :class:`~pygmmrec.nn.ChosenItems`. Evaluation makes them of the present weights, without dropout.
    3. **Propagation** on A, the user-item graph with self loops: :math:`H_m = A [P; \bar{F}_m] +
       A [(A [P; \bar{F}_m])_U; E] + \lambda_a A_m [P; E]`, :math:`H = \sum_m \mathrm{softmax}(w)_m H_m`,
       :math:`Z = \sum_l A^l H + \lambda_r \mathrm{unit}(H)`.
    4. **Views**: :math:`V_m = \sum_l A^l A_m [P; \bar{F}_m]`, rows of :math:`\bar{F}_m` of length one.
    5. **Ranking**: :math:`s_{ui} = z_u^\top z_i`.
    6. **Loss**: BPR; L2 of both tables; InfoNCE between views, or of Z with each view, in which all nodes are
       negatives; and that of the denoisers. No gradient goes from these to anything else, nor to them, so
       that one optimiser is as good as two; ``param_groups={"denoisers": {"lr": 1e-4}}`` gives them steps of
       their own.

    In a modality that an item lacks its features are zeros, and it has no part in the contrast of that view
    and in what rows mean there.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: L, layers after the first. (default: ``1``)
        linear: Modalities whose projection has a bias, or ``True`` for all; that of others has none and ends
            in a leaky ReLU. (default: ``False``)
        hidden_dim: Size inside of the denoisers. (default: ``1000``)
        step_dim: Size of a step's embedding there. (default: ``10``)
        p: Dropout of noisy rows. (default: ``0.5``)
        num_steps: Steps of noise T. (default: ``5``)
        noise_scale: Scale of all noise. (default: ``0.1``)
        noise_low: Of the first step. (default: ``1e-4``)
        noise_high: Of the last step. (default: ``0.02``)
        num_chosen: k. (default: ``1``)
        p_edge: Share of the entries of :math:`A_m` that an epoch drops. (default: ``0.5``)
        num_noise_steps: Steps of noise that the :math:`A_m` of an epoch start from. (default: ``0``)
        sampling_noise: Whether they are sampled with noise. (default: ``False``)
        injection_weight: Of what rows mean, in the denoisers' loss. (default: ``0.1``)
        chosen_weight: :math:`\lambda_a`. (default: ``0.2``)
        residual_weight: :math:`\lambda_r`. (default: ``0.5``)
        contrast: ``views``, of each two modalities, or ``main``, of Z with each. (default: ``views``)
        cl_weight: Weight of the contrast. (default: ``1e-2``)
        temperature: Of the contrast. (default: ``0.5``)
        reg_weight: Weight of the L2 term. (default: ``1e-5``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality.

    Differences: the authors' code trains the denoisers on all users ahead of each epoch; here each user of a
        batch is drawn with probability one over the number of its items, so that it is there once an epoch on
        average, and an epoch's graphs are of the denoisers of the epochs before. It ranks by the epoch's
        thinned graphs, so that scores depend on the draw; here evaluation has whole ones. It chooses the best
        epoch on the test set. Its BPR is a sum over the configured batch size, here a mean.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_layers: int = 1,
        linear: bool | Sequence[str] = False,
        hidden_dim: int = 1000,
        step_dim: int = 10,
        p: float = 0.5,
        num_steps: int = 5,
        noise_scale: float = 0.1,
        noise_low: float = 1e-4,
        noise_high: float = 0.02,
        num_chosen: int = 1,
        p_edge: float = 0.5,
        num_noise_steps: int = 0,
        sampling_noise: bool = False,
        injection_weight: float = 0.1,
        chosen_weight: float = 0.2,
        residual_weight: float = 0.5,
        contrast: Literal["views", "main"] = "views",
        cl_weight: float = 1e-2,
        temperature: float = 0.5,
        reg_weight: float = 1e-5,
    ) -> None:
        super().__init__(num_users, num_items)
        some = len(modality_dims) > 0
        check(some, "modality_dims", "a mapping with at least one modality", self, modality_dims)
        check(contrast in CONTRASTS, "contrast", f"one of {CONTRASTS}", self, contrast)
        chosen = list(modality_dims if linear else ()) if isinstance(linear, bool) else list(linear)
        known = set(chosen) <= set(modality_dims)
        check(known, "linear", f"modalities among {list(modality_dims)}", self, linear)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.linear = linear if isinstance(linear, bool) else chosen
        self.hidden_dim = hidden_dim
        self.step_dim = step_dim
        self.p = p
        self.num_steps = num_steps
        self.noise_scale = noise_scale
        self.noise_low = noise_low
        self.noise_high = noise_high
        self.num_chosen = num_chosen
        self.p_edge = p_edge
        self.num_noise_steps = num_noise_steps
        self.sampling_noise = sampling_noise
        self.injection_weight = injection_weight
        self.chosen_weight = chosen_weight
        self.residual_weight = residual_weight
        self.contrast = contrast
        self.cl_weight = cl_weight
        self.temperature = temperature
        self.reg_weight = reg_weight
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        bent = {name: size for name, size in modality_dims.items() if name not in chosen}
        straight = {name: size for name, size in modality_dims.items() if name in chosen}
        self.bent = Reduce(bent, embedding_dim) if bent else None
        self.straight = Reduce(straight, embedding_dim, bias=True) if straight else None
        self.share = nn.Parameter(torch.empty(len(modality_dims)))
        denoisers = {name: Denoiser(num_items, hidden_dim, step_dim) for name in modality_dims}
        self.denoisers = nn.ModuleDict(denoisers)
        self.schedule = NoiseSchedule(num_steps, scale=noise_scale, low=noise_low, high=noise_high)
        self.choose = ChosenItems(
            self.schedule, num_chosen, p=p_edge, start=num_noise_steps, noisy=sampling_noise
        )
        self.conv = SelfLoopConv()
        self.reset_parameters()

    @classmethod
    def pre_transform(cls) -> BaseTransform:
        """The user-item graph, normalised with self loops."""
        return Prepare(cls.__name__, [SelfLoopNorm(), ToAdj()])

    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.user_embedding.weight)
        nn.init.xavier_uniform_(self.item_embedding.weight)
        nn.init.zeros_(self.share)
        for module in (self.bent, self.straight, *self.denoisers.values()):
            if module is not None:
                module.reset_parameters()  # type: ignore[operator]

    def node_tables(self) -> dict[str, NodeType]:
        parts = ("encode", "decode", "bias")
        of_items = {f"denoisers.{name}.{part}": "item" for name in self.modality_dims for part in parts}
        return {**super().node_tables(), **of_items}

    def features(self, data: HeteroData) -> Modalities:
        """Projected features by modality, [I, D], not scaled; zeros where one is not there."""
        x = modalities(data, self.modality_dims, self)
        bent = {} if self.bent is None else self.bent(x)
        bent = {name: F.leaky_relu(f, 0.2) for name, f in bent.items()}
        views = {**bent, **({} if self.straight is None else self.straight(x))}
        return zero_missing({name: views[name] for name in self.modality_dims}, availability(data))

    def refresh(self, data: HeteroData) -> None:
        for name in self.modality_dims:
            to_user, to_item, own = self._chosen_now(data, name, sample=self.training)
            for edge_type, adj in zip(_edge_types(name), (to_user, to_item), strict=True):
                data[edge_type].matrix, data[edge_type].edge_index = adj, adj.edge_index
            data["user"][_own(name)], data["item"][_own(name)] = own

    def chosen(self, data: HeteroData, name: str) -> Chosen:
        """The graph of a modality: that of the epoch, or else of the present weights."""
        to_user, to_item = _edge_types(name)
        if to_user not in data.edge_types:
            return self._chosen_now(data, name)
        own = Embeddings(data["user"][_own(name)], data["item"][_own(name)])
        return Chosen(self.adj(data, to_user), self.adj(data, to_item), own)

    def _chosen_now(self, data: HeteroData, name: str, *, sample: bool = False) -> Chosen:
        items = self.adj(data, REV_INTERACTS)
        chosen: Chosen = self.choose(cast(Denoiser, self.denoisers[name]), items, sample)
        return chosen

    def _powers(self, x: Embeddings, data: HeteroData) -> Embeddings:
        """Sum of the first L + 1 powers of the user-item graph."""
        total = x
        for _ in range(self.num_layers):
            x = self.conv(x, self.adj(data, REV_INTERACTS), self.adj(data, INTERACTS))
            total = Embeddings(total.user + x.user, total.item + x.item)
        return total

    def propagate(self, data: HeteroData, features: Modalities, chosen: Mapping[str, Chosen]) -> Embeddings:
        """Z of users and items, [U, D] and [I, D]."""
        ids = Embeddings(self.user_embedding.weight, self.item_embedding.weight)
        graph = self.adj(data, REV_INTERACTS), self.adj(data, INTERACTS)
        users, items = [], []
        for name, f in features.items():
            first = self.conv(Embeddings(ids.user, unit_rows(f)), *graph)
            second = self.conv(Embeddings(first.user, ids.item), *graph)
            third = self.conv(ids, *chosen[name])
            users.append(first.user + second.user + self.chosen_weight * third.user)
            items.append(first.item + second.item + self.chosen_weight * third.item)
        share = self.share.softmax(dim=0)
        fused = (torch.einsum("m,mnd->nd", share, torch.stack(side)) for side in (users, items))
        h = Embeddings(*fused)
        z = self._powers(h, data)
        return Embeddings(*(a + self.residual_weight * unit_rows(b) for a, b in zip(z, h, strict=True)))

    def views(
        self, data: HeteroData, features: Modalities, chosen: Mapping[str, Chosen]
    ) -> dict[str, Embeddings]:
        """What each modality's graph makes of its features."""
        user = self.user_embedding.weight
        starts = {
            name: self.conv(Embeddings(user, unit_rows(f)), *chosen[name]) for name, f in features.items()
        }
        return {name: self._powers(start, data) for name, start in starts.items()}

    def forward(self, data: HeteroData) -> Embeddings:
        return self.propagate(
            data, self.features(data), {name: self.chosen(data, name) for name in self.modality_dims}
        )

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        features = self.features(data)
        chosen = {name: self.chosen(data, name) for name in self.modality_dims}
        out = self.propagate(data, features, chosen)
        tables = (self.user_embedding.weight, self.item_embedding.weight)
        terms = {"bpr": bpr_loss(*triplet_scores(out.user, out.item, batch))}
        terms["l2"] = self.reg_weight * torch.stack([x.square().sum() for x in tables]).sum()
        if self.cl_weight != 0:
            views = self.views(data, features, chosen)
            pairs: list[Pair] = [((a, b), views[a], views[b]) for a, b in combinations(views, 2)]
            if self.contrast == "main":
                pairs = [((name,), out, view) for name, view in views.items()]
            terms["cl"] = self.cl_weight * self._contrast(data, batch, pairs)
        return {**terms, **self.denoising(data, batch.user, features)}

    def _contrast(self, data: HeteroData, batch: Triplets, pairs: Sequence[Pair]) -> Tensor:
        """InfoNCE of pairs of views, of users and of positives."""
        total = self.user_embedding.weight.new_zeros(())
        for names, one, other in pairs:
            among = having_all(availability(data), *names)
            of_user = full_nce_loss(one.user, other.user, batch.user, temperature=self.temperature)
            total = (
                total
                + of_user
                + full_nce_loss(one.item, other.item, batch.pos, among=among, temperature=self.temperature)
            )
        return total

    def denoising(self, data: HeteroData, user: Tensor, features: Modalities) -> dict[str, Tensor]:
        """The terms of the denoisers' loss, on some of a batch's users, [B]: see "Differences"."""
        items = self.adj(data, REV_INTERACTS)
        if self.training:
            user = user[torch.rand(user.shape, device=user.device) * items.degree()[user] < 1]
        zero = self.share.new_zeros(())
        terms = {"denoise": zero, "inject": zero}
        if user.numel() == 0:
            return terms
        target = user_rows(items, user.unique()).to(self.share.dtype)  # [b, I]
        for name, denoiser in self.denoisers.items():
            step = torch.zeros(len(target), dtype=torch.int64, device=target.device)
            x, noise = target, torch.zeros_like(target)
            if self.training:
                step, noise = step.random_(self.num_steps), noise.normal_()
            x = self.schedule.add(target, step, noise)
            output = denoiser(dropout(x, self.p) if self.training else x, step)
            terms["denoise"] = terms["denoise"] + denoising_loss(output, target, self.schedule.weight(step))
            there = availability(data).get(name)
            rows = (output, target) if there is None else (output * there, target * there)
            meant = injection_loss(*rows, features[name], self.item_embedding.weight)
            terms["inject"] = terms["inject"] + self.injection_weight * meant
        return terms


def _edge_types(name: str) -> tuple[EdgeType, EdgeType]:
    """Where an epoch's graph has the chosen items of a modality: to users and to items."""
    return ("item", f"{name}_chosen", "user"), ("user", f"{name}_chosen", "item")


def _own(name: str) -> str:
    """Where it has what self loops weigh there."""
    return f"{name}_chosen_own"
