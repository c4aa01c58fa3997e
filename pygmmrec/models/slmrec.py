"""Self-supervised tasks on an item's modalities, beside a ranking loss without sampled negatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, modalities, zero_missing
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import info_nce_loss, l2_loss
from pygmmrec.models.recommender import Recommender
from pygmmrec.nn import FineCoarse, MaskModality, NodeTable, OneSidedPropagation, Reduce
from pygmmrec.typing import INTERACTS, Embeddings, Triplets
from pygmmrec.utils.check import check

VARIANTS = ("paper", "released")
TASKS = ("FD", "FM", "FAC")


class SLMRec(Recommender):
    r"""SLMRec (`TMM 2022 <https://doi.org/10.1109/TMM.2022.3187556>`_): ids and modalities travel on the
    same graph, and self-supervision on items says what their modalities have in common.

    1. **Features**: :math:`h_m(i) = W_m \, x_m(i) / \Vert x_m(i) \Vert + b_m`.
    2. **Propagation**: LightGCN of the ids and of each :math:`h_m`, with the same user embeddings in all;
       :math:`e = W \, [\mathrm{id} \Vert h_1 \Vert \dots \Vert h_M] + b`, with W and b of users and of items.
    3. **Ranking**: :math:`s_{ui} = e_u^\top e_i`.
    4. **Loss**: InfoNCE of a user and its item against the other items of the batch; no negative is drawn.
       To it are added the tasks on the batch's items, each an InfoNCE as well, and weight decay.

       - ``FD``, feature dropout: two views of an item, whose id and :math:`h_m` lose other entries.
       - ``FM``, feature masking: two views, each without the id or one modality
         (:class:`~pygmmrec.nn.MaskModality`).
       - ``FAC``, fine and coarse: propagated modalities agree with the id, in one space after another
         (:class:`~pygmmrec.nn.FineCoarse`), in the order of ``modality_dims``.

    A modality that an item lacks starts with zeros, and the item is left out of that modality's ``FAC``.

    Args:
        num_users: Number of users U.
        num_items: Number of items I.
        modality_dims: Feature size of each modality; others in the data are left alone.
        embedding_dim: Embedding size D. (default: ``64``)
        num_layers: Layers of LightGCN. (default: ``3``, released)
        temperature: :math:`\tau` of the ranking loss. (default: ``0.2``, released)
        ssl_tasks: The tasks, out of ``FD``, ``FM`` and ``FAC``; their losses are summed.
            (default: ``("FAC",)``, released)
        ssl_weight: :math:`\alpha`, the weight of the tasks; the field searches 0.01 to 1.
            (default: ``0.1``, released)
        ssl_temperature: :math:`\tau` of the tasks; the field searches 0.1 to 1. (default: ``0.2``, released)
        p: Fraction of the entries that ``FD`` drops. (default: ``0.3``, released)
        reg_weight: Weight decay, as half the squares of all parameters. (default: ``1e-4``, released)
        variant: ``paper``, or ``released`` for the field's public code. (default: ``paper``)

    Raises:
        ValueError: If an argument is out of range, or the data lack a modality.

    Differences: the released code of the field took one of three modalities out. Its ``FAC`` keeps the linear
        map into that modality's space, with nothing between it and the next, and compares products where the
        ranking loss compares cosines; ``FD`` and ``FM`` cannot run there. All its losses take other rows of
        the same item for negatives. It ranks by :math:`\sigma(s_{ui})`, the same order but for ties where
        single precision ends.
    """

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: Mapping[str, int],
        *,
        embedding_dim: int = 64,
        num_layers: int = 3,
        temperature: float = 0.2,
        ssl_tasks: Sequence[Literal["FD", "FM", "FAC"]] = ("FAC",),
        ssl_weight: float = 0.1,
        ssl_temperature: float = 0.2,
        p: float = 0.3,
        reg_weight: float = 1e-4,
        variant: Literal["paper", "released"] = "paper",
    ) -> None:
        super().__init__(num_users, num_items)
        check(variant in VARIANTS, "variant", f"one of {VARIANTS}", self, variant)
        check(set(ssl_tasks) <= set(TASKS), "ssl_tasks", f"some of {TASKS}", self, ssl_tasks)
        check(0 <= p < 1, "p", "at least 0 and below 1", self, p)
        self.modality_dims = dict(modality_dims)
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.temperature = temperature
        self.ssl_tasks = list(ssl_tasks)
        self.ssl_weight = ssl_weight
        self.ssl_temperature = ssl_temperature
        self.p = p
        self.reg_weight = reg_weight
        self.variant = variant

        size = (1 + len(modality_dims)) * embedding_dim
        self.user_embedding = NodeTable("user", num_users, embedding_dim)
        self.item_embedding = NodeTable("item", num_items, embedding_dim)
        self.project = Reduce(modality_dims, embedding_dim, bias=True)
        self.spread = OneSidedPropagation(num_layers)
        self.fuse_user = nn.Linear(size, embedding_dim)
        self.fuse_item = nn.Linear(size, embedding_dim)
        self.dropout = nn.Dropout(p)
        self.mask = MaskModality()
        self.fine_coarse = None
        if "FAC" in ssl_tasks:
            released = variant == "released"
            self.fine_coarse = FineCoarse(list(modality_dims), embedding_dim, two_steps=released)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        for layer in (self.user_embedding, self.item_embedding, self.fuse_user, self.fuse_item):
            nn.init.xavier_uniform_(layer.weight)
        for layer in (self.fuse_user, self.fuse_item):
            nn.init.zeros_(layer.bias)
        layers: list[Any] = [self.project, self.fine_coarse]
        for layer in layers:
            if layer is not None:
                layer.reset_parameters()

    def start(self, data: HeteroData) -> Tensor:
        """The id embedding and the projected modalities of all items, [I, M + 1, D]."""
        x = modalities(data, self.modality_dims, self)
        h = self.project({name: unit_rows(x[name]) for name in self.modality_dims})  # [I, F_m] -> [I, D]
        return torch.stack([self.item_embedding.weight, *zero_missing(h, availability(data)).values()], dim=1)

    def propagate(self, data: HeteroData, *starts: Tensor) -> list[Embeddings]:
        """What LightGCN makes of each start of all items, side by side: [U, (M + 1) D] and [I, (M + 1) D]."""
        to_item = self.adj(data, INTERACTS)
        to_user = to_item.t()
        of_user = self.spread(self.user_embedding.weight, to_item, to_user)  # [U, D], [I, D], in all of them
        out = []
        for start in starts:
            item, user = self.spread(start.flatten(1), to_user, to_item)  # [I, (M + 1) D], [U, (M + 1) D]
            pairs = zip(of_user, (user, item), strict=True)
            sums = (y.unflatten(1, start.shape[1:]) + x.unsqueeze(1) for x, y in pairs)  # [., M + 1, D]
            out.append(Embeddings(*(x.flatten(1) for x in sums)))
        return out

    def forward(self, data: HeteroData) -> Embeddings:
        (x,) = self.propagate(data, self.start(data))
        return Embeddings(self.fuse_user(x.user), self.fuse_item(x.item))  # [., (M + 1) D] -> [., D]

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        tasks = self.ssl_tasks if self.ssl_weight != 0 else []
        augment = [self.dropout if task == "FD" else self.mask for task in tasks if task != "FAC"]
        start = self.start(data)
        x, *views = self.propagate(data, start, *(layer(start) for layer in augment for _ in range(2)))
        if self.variant == "paper":
            node, place, count = batch.pos.unique(return_inverse=True, return_counts=True)  # [N], [B], [N]
        else:
            node, count = batch.pos, torch.ones_like(batch.pos)
            place = torch.arange(node.numel(), device=node.device)
        item = rows(x.item, node)
        user, pos = self.fuse_user(rows(x.user, batch.user)), rows(self.fuse_item(item), place)  # [B, D]
        terms = {"nce": info_nce_loss(user, pos, temperature=self.temperature, index=place)}
        for task in tasks:
            if task == "FAC":
                losses = self._fine_coarse(data, item, node, count)
            else:
                first, second = (self.fuse_item(rows(views.pop(0).item, node)) for _ in range(2))
                losses = [self._contrast(first, second, count)]
            if losses:
                terms[f"ssl_{task}"] = self.ssl_weight * torch.stack(losses).sum()
        if self.reg_weight != 0:
            terms["l2"] = self.reg_weight * l2_loss(*self.parameters(), reduction="sum")
        return terms

    def _fine_coarse(self, data: HeteroData, item: Tensor, node: Tensor, count: Tensor) -> list[Tensor]:
        x, *seen = item.unflatten(1, (-1, self.embedding_dim)).unbind(1)  # [N, (M + 1) D] -> M + 1 of [N, D]
        fine_coarse = cast(FineCoarse, self.fine_coarse)
        pairs = fine_coarse(x, dict(zip(self.modality_dims, seen, strict=True)))
        available, losses = availability(data), []
        for name, (joint, own) in pairs.items():
            n = count
            if name in available:
                having = available[name][node].nonzero().squeeze(1)
                joint, own, n = rows(joint, having), rows(own, having), count[having]
            if n.numel() > 0:
                losses.append(self._contrast(joint, own, n, normalize=self.variant == "paper"))
        return losses

    def _contrast(self, view: Tensor, other: Tensor, count: Tensor, *, normalize: bool = True) -> Tensor:
        return info_nce_loss(view, other, temperature=self.ssl_temperature, count=count, normalize=normalize)
